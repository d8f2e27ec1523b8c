import { ApiProperty } from '@nestjs/swagger';
import type { AttemptView, Page, SchedulerTaskView, WebTaskView } from '@taskpilot/contracts';
import { AttemptDto } from './attempt.dto.ts';
import { SchedulerTaskDto } from './scheduler-task.dto.ts';
import { WebTaskDto } from './web-task.dto.ts';

const NEXT_CURSOR = {
  type: 'string',
  nullable: true,
  example: null,
  description: 'Asks for the next page. Only `null` ends the list: a page may be shorter than its limit.',
} as const;

export class WebTaskPageDto implements Page<WebTaskView> {
  @ApiProperty({ type: [WebTaskDto] })
  readonly items: readonly WebTaskView[];

  @ApiProperty(NEXT_CURSOR)
  readonly nextCursor: string | null;
}

export class SchedulerTaskPageDto implements Page<SchedulerTaskView> {
  @ApiProperty({ type: [SchedulerTaskDto] })
  readonly items: readonly SchedulerTaskView[];

  @ApiProperty(NEXT_CURSOR)
  readonly nextCursor: string | null;
}

/** Every attempt of one task, oldest first. */
export class AttemptListDto {
  @ApiProperty({ type: [AttemptDto] })
  readonly items: readonly AttemptView[];
}
