import { ApiPropertyOptional } from '@nestjs/swagger';
import { LIMITS } from '@taskpilot/contracts';
import { Transform } from 'class-transformer';
import { IsIntegerBetween } from './validators/is-integer-between.ts';
import { IsPageCursor } from './validators/is-page-cursor.ts';
import { Optional } from './validators/optional.ts';

/** Plain digits become a number; all else (`1e2`, ` 5`, `0x10`) stays text, and is refused as that. */
const FromDigits = (): PropertyDecorator =>
  Transform(({ value }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value));

/** Query parameters of every list. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMITS.maxPageSize, default: LIMITS.pageSize })
  @Optional()
  @FromDigits()
  @IsIntegerBetween(1, LIMITS.maxPageSize)
  readonly limit?: number;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before.' })
  @Optional()
  @IsPageCursor()
  readonly cursor?: string;
}
