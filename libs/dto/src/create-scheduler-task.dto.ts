import type { CreateSchedulerTask } from '@taskpilot/contracts';
import { TaskSpecDto } from './task-spec.dto.ts';
import { TakenVerbatim } from './validators/taken-verbatim.ts';

/** Body of DTP's `POST /tasks`. */
@TakenVerbatim()
export class CreateSchedulerTaskDto extends TaskSpecDto implements CreateSchedulerTask {}
