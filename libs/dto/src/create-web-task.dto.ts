import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type CreateWebTask, LIMITS } from '@taskpilot/contracts';
import { TaskSpecDto } from './task-spec.dto.ts';
import { IsLabels } from './validators/is-labels.ts';
import { IsText } from './validators/is-text.ts';
import { Optional } from './validators/optional.ts';
import { TakenVerbatim } from './validators/taken-verbatim.ts';

/** Body of TaskPilot's `POST /api/tasks`. */
@TakenVerbatim()
export class CreateWebTaskDto extends TaskSpecDto implements CreateWebTask {
  @ApiProperty({
    minLength: 1,
    maxLength: LIMITS.nameLength,
    example: 'nightly report',
    description: 'What people call the task. Not blank; need not be unique.',
  })
  @IsText(LIMITS.nameLength)
  readonly name: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: LIMITS.labelValueLength },
    maxProperties: LIMITS.labels,
    default: {},
    example: { team: 'billing' },
    description: 'The creator’s own keys and values. Keys have the form of a type.',
  })
  @Optional()
  @IsLabels()
  readonly labels?: Readonly<Record<string, string>>;
}
