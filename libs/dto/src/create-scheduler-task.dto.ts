import type { CreateSchedulerTask } from '@taskpilot/contracts';
import { TaskSpecDto } from './task-spec.dto.ts';

/** Body of DTP's `POST /tasks`. */
export class CreateSchedulerTaskDto extends TaskSpecDto implements CreateSchedulerTask {}
