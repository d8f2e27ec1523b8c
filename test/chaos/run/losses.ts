import type { Cluster } from '../cluster/cluster.ts';
import type { Random } from '../cluster/random.ts';

/** Answers that are lost for as long as tasks are submitted, each after its request was carried out. */
export interface LossPlan {
  readonly between: 'planes' | 'databases';
  readonly share: number;
  /** How many of each kind the run must lose, or it has shown nothing. */
  readonly least: number;
  /** Kinds that are spared; none without. */
  readonly spare?: readonly string[];
}

interface Count {
  asked: number;
  lost: number;
}

/** What a request is told by. Databases must be spoken to without prepared statements: those are named, not shown. */
const KINDS: Readonly<Record<LossPlan['between'], Readonly<Record<string, string>>>> = {
  planes: { create: 'POST /tasks', cancel: 'PUT /tasks/' },
  databases: {
    create: 'INSERT INTO web_task',
    enqueue: 'INSERT INTO scheduler_task',
    claim: 'INSERT INTO claims',
    completion: "SET state = 'SUCCEEDED'",
  },
};

export class Losses {
  readonly #proxies: readonly Cluster['betweenPlanes'][];
  readonly #plan: LossPlan;
  readonly #counts = new Map<string, Count>();

  constructor(cluster: Cluster, random: Random, plan: LossPlan) {
    this.#plan = plan;
    this.#proxies = plan.between === 'planes' ? [cluster.betweenPlanes] : cluster.members.map(({ proxy }) => proxy);
    const kinds = Object.entries(KINDS[plan.between]).filter(([kind]) => !plan.spare?.includes(kind));
    for (const [kind] of kinds) this.#counts.set(kind, { asked: 0, lost: 0 });
    const to = (request: Buffer): boolean => {
      const count = this.#counts.get(kinds.find(([, mark]) => request.includes(mark))?.[0] ?? '');
      if (!count) return false;
      count.asked++;
      const isLost = random.chance(plan.share);
      if (isLost) count.lost++;
      return isLost;
    };
    for (const proxy of this.#proxies) proxy.behave({ kind: 'loseAnswers', to });
  }

  heal(): void {
    for (const proxy of this.#proxies) proxy.heal();
  }

  get notes(): string[] {
    const kinds = [...this.#counts].map(([kind, { asked, lost }]) => `${kind} ${lost} of ${asked}`);
    return [`answers lost: ${kinds.join(', ')}`];
  }

  get complaints(): string[] {
    const { least } = this.#plan;
    return [...this.#counts].flatMap(([kind, { lost }]) =>
      lost < least ? [`${lost} answers to ${kind} were lost, and ${least} were to be`] : [],
    );
  }
}
