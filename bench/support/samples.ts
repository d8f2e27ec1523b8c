/** What one run of one side has measured, by the name of the metric. NaN: not measurable here. */
export type Metrics = Readonly<Record<string, number>>;

/** One of those that are measured side by side. */
export interface Side {
  readonly contender: string;
  /** Measures once, in a database of its own. */
  measure(): Promise<Metrics>;
}

/** The runs of one side, in their order. */
export interface Samples {
  readonly contender: string;
  readonly runs: readonly Metrics[];
}

/**
 * Every side once, then every side again: machines drift by a third within minutes, and neighbours in time share that.
 * Every other round goes backwards, so that nobody always follows the same one.
 */
export async function interleave(
  runs: number,
  sides: readonly Side[],
  onMeasured: (contender: string, metrics: Metrics) => void,
): Promise<Samples[]> {
  const samples = sides.map((side) => ({ side, contender: side.contender, runs: [] as Metrics[] }));
  for (let run = 0; run < runs; run++) {
    for (const sample of run % 2 === 0 ? samples : samples.toReversed()) {
      const metrics = await sample.side.measure();
      sample.runs.push(metrics);
      onMeasured(sample.contender, metrics);
    }
  }
  return samples.map(({ contender, runs }) => ({ contender, runs }));
}
