import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  DEFAULT_RETRY_POLICY,
  LIMITS,
  RETRY_JITTERS,
  RETRY_STRATEGIES,
  type RetryJitter,
  type RetryPolicy,
  type RetryStrategy,
} from '@taskpilot/contracts';
import { IsIntegerBetween, IsNumberBetween } from './validators/is-integer-between.ts';
import { IsOneOf } from './validators/is-one-of.ts';
import { Optional } from './validators/optional.ts';

const MAX_ATTEMPTS = {
  type: 'integer',
  minimum: 1,
  maximum: LIMITS.maxAttempts,
  example: 5,
  description: 'Bounds the attempts that failed or timed out; lost, released and snoozed ones are not counted.',
} as const;
const STRATEGY = {
  enum: [...RETRY_STRATEGIES],
  enumName: 'RetryStrategy',
  description: 'How the delay grows from one failed attempt to the next.',
  example: 'exponential' as const,
};
const INITIAL_DELAY_MS = {
  type: 'integer',
  minimum: 0,
  maximum: LIMITS.maxInitialDelayMs,
  example: 1_000,
  description: 'The delay after the first failed attempt, in milliseconds.',
} as const;
const FACTOR = {
  type: 'number',
  minimum: 1,
  maximum: LIMITS.maxFactor,
  example: 2,
  description: 'The multiplier of `exponential`; the other strategies ignore it.',
} as const;
const MAX_DELAY_MS = {
  type: 'integer',
  minimum: 0,
  maximum: LIMITS.maxDelayMs,
  example: 300_000,
  description: 'No delay is longer than this, in milliseconds.',
} as const;
const JITTER = {
  enum: [...RETRY_JITTERS],
  enumName: 'RetryJitter',
  description: 'How much of the delay is drawn at random: none of it, all of it, or half.',
  example: 'full' as const,
};

/** What a creator says about retries; the rest is filled in. */
export class RetryPolicyDto implements Partial<RetryPolicy> {
  @ApiPropertyOptional({ ...MAX_ATTEMPTS, default: DEFAULT_RETRY_POLICY.maxAttempts })
  @Optional()
  @IsIntegerBetween(1, LIMITS.maxAttempts)
  readonly maxAttempts?: number;

  @ApiPropertyOptional({ ...STRATEGY, default: DEFAULT_RETRY_POLICY.strategy })
  @Optional()
  @IsOneOf(RETRY_STRATEGIES)
  readonly strategy?: RetryStrategy;

  @ApiPropertyOptional({ ...INITIAL_DELAY_MS, default: DEFAULT_RETRY_POLICY.initialDelayMs })
  @Optional()
  @IsIntegerBetween(0, LIMITS.maxInitialDelayMs)
  readonly initialDelayMs?: number;

  @ApiPropertyOptional({ ...FACTOR, default: DEFAULT_RETRY_POLICY.factor })
  @Optional()
  @IsNumberBetween(1, LIMITS.maxFactor)
  readonly factor?: number;

  @ApiPropertyOptional({ ...MAX_DELAY_MS, default: DEFAULT_RETRY_POLICY.maxDelayMs })
  @Optional()
  @IsIntegerBetween(0, LIMITS.maxDelayMs)
  readonly maxDelayMs?: number;

  @ApiPropertyOptional({ ...JITTER, default: DEFAULT_RETRY_POLICY.jitter })
  @Optional()
  @IsOneOf(RETRY_JITTERS)
  readonly jitter?: RetryJitter;
}

/** The policy in full, as every answer shows it. */
export class ResolvedRetryPolicyDto implements RetryPolicy {
  @ApiProperty(MAX_ATTEMPTS)
  readonly maxAttempts: number;

  @ApiProperty(STRATEGY)
  readonly strategy: RetryStrategy;

  @ApiProperty(INITIAL_DELAY_MS)
  readonly initialDelayMs: number;

  @ApiProperty(FACTOR)
  readonly factor: number;

  @ApiProperty(MAX_DELAY_MS)
  readonly maxDelayMs: number;

  @ApiProperty(JITTER)
  readonly jitter: RetryJitter;
}
