import { Check } from './check.ts';

/** Only the shape; what a cursor says is read where the page is made. */
export const IsPageCursor = (): PropertyDecorator =>
  Check('isPageCursor', (value) =>
    typeof value === 'string' && value.length <= 200 ? null : 'must be one nextCursor of an earlier page',
  );
