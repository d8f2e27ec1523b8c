/** One condition under which a plane can serve. Implementations are injectable; `HealthModule.forPlane` takes their classes. */
export abstract class ReadinessCheck {
  /** Names the check in the answer of `/health/ready`. */
  abstract readonly name: string;

  /** Resolves when the condition holds; rejects with a message that says what does not. Cut off after 2 s. */
  abstract check(): Promise<void>;
}
