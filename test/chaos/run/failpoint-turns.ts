import type { Random } from '../cluster/random.ts';
import { failpointsOf } from '../processes/failpoints.ts';

const APPS = ['taskpilot-api', 'dtp-scheduler'] as const;

export interface Turn {
  readonly app: (typeof APPS)[number];
  readonly name: string;
}

/** Gives every failpoint of both planes its turn, as often as every other, in an order of chance. */
export class FailpointTurns {
  readonly all: readonly Turn[];
  readonly #random: Random;
  readonly #deaths = new Map<Turn, number>();
  #round: Turn[] = [];

  constructor(random: Random, all: readonly Turn[] = FailpointTurns.ofBothPlanes()) {
    this.#random = random;
    this.all = all;
  }

  static ofBothPlanes(): Turn[] {
    return APPS.flatMap((app) => failpointsOf(app).map((name) => ({ app, name })));
  }

  /** Of those that are left of the round, one that suits now; any where none does. */
  next(suits: (turn: Turn) => boolean = () => true): Turn {
    if (this.#round.length === 0) this.#round = this.#random.shuffle(this.all);
    // Where none suits, -1 stands for the last.
    const [turn] = this.#round.splice(this.#round.findLastIndex(suits), 1);
    return turn as Turn;
  }

  /** A process died there. */
  died(turn: Turn): void {
    this.#deaths.set(turn, (this.#deaths.get(turn) ?? 0) + 1);
  }

  /** How often processes died at each. */
  get notes(): string[] {
    if (this.#deaths.size === 0) return [];
    const byCount = Map.groupBy(this.all, (turn) => this.#deaths.get(turn) ?? 0);
    return [...byCount]
      .sort(([one], [other]) => other - one)
      .map(([count, turns]) => `${turns.length} failpoints × ${count}: ${turns.map(nameOf).join(', ')}`);
  }

  /** What nobody died at has not been tried. */
  get complaints(): string[] {
    const untried = this.all.filter((turn) => !this.#deaths.has(turn));
    return untried.length > 0 ? [`nobody died at ${untried.map(nameOf).join(', ')}`] : [];
  }
}

const nameOf = ({ app, name }: Turn): string => (app === 'taskpilot-api' ? `TaskPilot's ${name}` : name);
