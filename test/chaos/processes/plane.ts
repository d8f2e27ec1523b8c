/**
 * A plane as its own main.ts starts it, from the build, with what the suite adds: the handler that notes its effects,
 * and, where asked for, a mutant or a wrong clock. Its one argument is the app.
 */
import { built } from '../../../tools/build.ts';
import { EffectWriter } from '../recording/effect-log.ts';
import { fromEnvironment } from './chaos-environment.ts';
import { EFFECT_TYPE, EffectHandler } from './effect-handler.ts';
import { installMutant } from './mutants.ts';
import { skewClock } from './skew-clock.ts';

type Platform = typeof import('../../../libs/platform/src/index.ts');
type Scheduler = typeof import('../../../apps/dtp-scheduler/src/dtp-scheduler.module.ts');
type Handlers = typeof import('../../../apps/dtp-scheduler/src/handlers/task-handler.ts');

const { effectLog, mutant, clockSkewMs } = fromEnvironment(process.env);
const realNow = skewClock(clockSkewMs ?? 0);
if (mutant) installMutant(mutant);

await import('reflect-metadata');
if (process.argv[2] === 'taskpilot-api') await import(built('taskpilot-api', 'main'));
else await runScheduler();

async function runScheduler(): Promise<void> {
  const load = <T>(file: string): Promise<T> => import(built('dtp-scheduler', file));
  const { loadDtpConfig, runPlane } = (await import(
    built('dtp-scheduler', '../../../libs/platform/src/index')
  )) as Platform;
  const { DtpSchedulerModule } = await load<Scheduler>('dtp-scheduler.module');
  const { TaskHandler, Snooze } = await load<Handlers>('handlers/task-handler');
  const { DTP_APP } = await load<typeof import('../../../apps/dtp-scheduler/src/app-options.ts')>('app-options');

  class Effects extends EffectHandler {
    constructor() {
      super(new EffectWriter(effectLog), (delayMs) => new Snooze(delayMs), realNow);
    }
  }
  // Called, not written as a decorator: Node strips types, and knows no decorators.
  TaskHandler(EFFECT_TYPE)(Effects);
  await runPlane({
    name: 'dtp-scheduler',
    config: loadDtpConfig,
    module: (config) => ({
      module: class WithEffects {},
      imports: [DtpSchedulerModule.forConfig(config)],
      providers: [Effects],
    }),
    app: DTP_APP,
  });
}
