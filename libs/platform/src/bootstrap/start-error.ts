/** Why a process cannot start, said so that its operator needs nothing but the message. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
