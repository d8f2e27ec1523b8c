import { LIMITS } from '@taskpilot/contracts';
import { Check } from './check.ts';
import { isJsonObject } from './is-json-object.ts';

/** An object of not too many members. The members themselves are judged by `findLabelFaults`, which can name them. */
export const IsLabels = (): PropertyDecorator =>
  Check('isLabels', (value) => {
    if (!isJsonObject(value)) return 'must be a JSON object of strings';
    return Object.keys(value).length <= LIMITS.labels ? null : `must hold at most ${LIMITS.labels} labels`;
  });
