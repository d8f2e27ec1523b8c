import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { CreateSchedulerTaskItemDto, CreateWebTaskDto, takeVerbatim } from '@taskpilot/dto';
import { IsInt, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import { passesRules } from './passes-rules.ts';

const OPTIONS = { whitelist: true, forbidNonWhitelisted: true };

/** Values that are right in one place or another, and some that are right nowhere. */
const someValue = fc.oneof(
  fc.constantFrom('echo', 'a b', '', 'fixed', 'full', '2026-11-20T09:30:00Z', '2026-02-30T00:00:00Z'),
  fc.constantFrom(null, undefined, true, 0, 1, 5, 1.5, -1, 100, 101, 86_400_001, Number.NaN, '5'),
  fc.constantFrom({}, [], { maxAttempts: 3 }, { maxAttempts: '3' }, { maxAttemts: 3 }, { strategy: 'linear' }, [{}]),
);
const NAMES = ['type', 'payload', 'queue', 'priority', 'runAt', 'retryPolicy', 'timeoutMs', 'deadlineAt'];

describe('passesRules', () => {
  it.each<[string, new () => object, string[]]>([
    ['CreateSchedulerTaskItemDto', CreateSchedulerTaskItemDto, [...NAMES, 'idempotencyKey', 'name', 'toString']],
    ['CreateWebTaskDto', CreateWebTaskDto, [...NAMES, 'name', 'labels', 'idempotencyKey', 'constructor']],
  ])('says of a %s what class-validator says', (_, type, names) => {
    let passed = 0;
    const members = fc.dictionary(fc.constantFrom(...names), someValue, { maxKeys: 3 });
    fc.assert(
      fc.property(members, fc.boolean(), (some, isComplete) => {
        const dto = takeVerbatim(type, isComplete ? { name: 'n', type: 'echo', ...some } : some);
        const inherits = Object.keys(dto).some((name) => name in Object.prototype);
        const isValid = !inherits && validateSync(dto, OPTIONS).length === 0;
        expect(passesRules(dto)).toBe(isValid);
        if (isValid) passed++;
      }),
      { numRuns: 3_000 },
    );
    if (type === CreateWebTaskDto) expect(passed).toBeGreaterThan(50);
  });

  it('leaves to class-validator what it does not know', () => {
    class Line {
      @IsInt()
      readonly count: number;
    }
    class Order {
      @ValidateNested({ each: true })
      readonly lines: readonly Line[];

      @IsInt({ each: true })
      readonly numbers: readonly number[];
    }
    class WithoutRules {}
    expect(passesRules(takeVerbatim(Order, { lines: [], numbers: [1] }))).toBe(false);
    expect(passesRules(new WithoutRules())).toBe(false);
    expect(passesRules({ type: 'echo' })).toBe(false);
    expect(passesRules(takeVerbatim(Line, { count: 1 }))).toBe(true);
    expect(passesRules(takeVerbatim(Line, { count: 1.5 }))).toBe(false);
  });
});
