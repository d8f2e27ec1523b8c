import fc from 'fast-check';
import { findJsonFault } from './find-json-fault.ts';
import { isPlainJson } from './is-plain-json.ts';

const isPlain = (text: string) => isPlainJson(text, JSON.parse(text), 32);

describe('isPlainJson', () => {
  it('recognises an ordinary body, so that it takes the fast way', () => {
    expect(isPlain('{"type":"echo","payload":{"a":[1,2.5,-3],"b":"say \\"hi\\"\\n"},"priority":0,"x":null}')).toBe(
      true,
    );
  });

  it('never calls plain what has a fault', () => {
    const piece = fc.constantFrom(
      ...['{"a":1}', '{"a":1,"a":2}', '{"b":{"a":[1],"a":[2]}}', '{"__proto__":{"a":1}}', '"\\u0000"', '"\\\\u0000"'],
      ...['"\\\\"', '1e400', '1E5', '9007199254740993', '-900719925474099', '0.000001', '":"', '{"a":":"}', 'true'],
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = `[${pieces.join(',')}]`;
        if (isPlain(text)) expect(findJsonFault(text, 32)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });
});
