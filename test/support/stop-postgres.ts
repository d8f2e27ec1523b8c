/** Runs once, after the last integration test. */
export default async function stopPostgres(): Promise<void> {
  await globalThis.testPostgres?.stop();
}
