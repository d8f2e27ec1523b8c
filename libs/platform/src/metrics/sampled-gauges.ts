import { Gauge, type Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** A gauge whose value is part of a sample that is taken when somebody scrapes. */
export interface SampledGauge<Sample> {
  readonly name: string;
  readonly help: string;
  /** Names of the labels; a gauge without any has one value. */
  readonly labels?: readonly string[];
  readonly read: (sample: Sample) => number | readonly (readonly [labels: Labels, value: number])[];
}

/**
 * Registers gauges that share one sample. While there is none, they have no value at all: zero would be a lie.
 *
 * @param sample must never reject, and be cheap to call once a gauge
 */
export function registerSampledGauges<Sample>(
  registry: Registry,
  sample: () => Promise<Sample | null>,
  gauges: readonly SampledGauge<Sample>[],
): void {
  for (const { name, help, labels = [], read } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const taken = await sample();
        if (labels.length > 0) this.reset();
        else this.remove();
        if (taken === null) return;
        const values = read(taken);
        for (const [of, value] of typeof values === 'number' ? [[{}, values] as const] : values) this.set(of, value);
      },
    });
  }
}
