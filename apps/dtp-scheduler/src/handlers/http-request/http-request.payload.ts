import { Check, IsOneOf, Optional, Verbatim } from '@taskpilot/dto';
import { ValidateBy } from 'class-validator';
import { findHeadersFault } from './header-rules.ts';
import { findUrlFault } from './url-rules.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number];

/** A body with GET or HEAD is nearly always a forgotten method, and targets may ignore it without a word. */
const SuitsMethod = (): PropertyDecorator =>
  ValidateBy({
    name: 'suitsMethod',
    validator: {
      validate: (_, args) => {
        const { method = 'GET' } = (args?.object ?? {}) as Partial<HttpRequestPayload>;
        return method !== 'GET' && method !== 'HEAD';
      },
      defaultMessage: () => 'must be left out with GET (the default) and HEAD: set method to POST, PUT or PATCH',
    },
  });

/** What a task of type `http.request` must carry. */
export class HttpRequestPayload {
  /** GET when left out. */
  @Optional()
  @IsOneOf(METHODS)
  readonly method?: Method;

  @Check('isTargetUrl', findUrlFault)
  readonly url: string;

  @Optional()
  @Verbatim()
  @Check('isHeaders', findHeadersFault)
  readonly headers?: Readonly<Record<string, string>>;

  /** A string goes out as it is, anything else (`null` too) as JSON. */
  @Optional()
  @Verbatim()
  @SuitsMethod()
  readonly body?: unknown;
}
