import type { Type } from '@nestjs/common';
import type { FieldError } from '@taskpilot/contracts';
import { isTakenVerbatim, takeVerbatim } from '@taskpilot/dto';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, type ValidatorOptions, validateSync } from 'class-validator';
import { jsonPointer } from '../json/pointer.ts';
import { passesRules } from './passes-rules.ts';
import { validationFailed } from './validation-failed.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const OPTIONS: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  validationError: { target: false, value: false },
};

/** Far more than any DTO has. To name each unknown one takes the event loop some 7 µs, and a batch may bring 500,000. */
const MAX_MEMBERS = 100;

/**
 * A value as the DTO it claims to be, every rule checked. Synchronous: an asynchronous validator would be skipped, so
 * DTOs must have none.
 *
 * @param path where the value stands in the body
 * @throws ProblemError `VALIDATION_FAILED`, with all that is wrong, each with its JSON Pointer
 */
export function readDto<T extends object>(type: Type<T>, value: unknown, path: readonly string[] = []): T {
  if (value === undefined)
    throw validationFailed([{ pointer: jsonPointer(path), detail: 'is missing: send an object' }]);
  if (!isJsonObject(value)) throw validationFailed([{ pointer: jsonPointer(path), detail: 'must be a JSON object' }]);
  const isVerbatim = isTakenVerbatim(type);
  const dto = isVerbatim ? takeVerbatim(type, value) : plainToInstance(type, value);
  // Only of a DTO that still has every member that was sent.
  if (isVerbatim && passesRules(dto)) return dto;
  const unknownFields = findInheritedNames(value, dto, path);
  if (unknownFields.length > 0) throw validationFailed(unknownFields);
  const errors = validateSync(dto, OPTIONS).flatMap((error) => toFieldErrors(error, path));
  if (errors.length > 0) throw validationFailed(withoutRepeats(errors));
  return dto;
}

/**
 * Unknown fields that are called like something every object inherits (`toString`, `hasOwnProperty`): class-transformer
 * drops them in silence, and class-validator takes them for known ones.
 */
function findInheritedNames(plain: JsonObject, dto: unknown, path: readonly string[]): FieldError[] {
  const members = Object.entries(plain);
  if (members.length > MAX_MEMBERS) {
    return [{ pointer: jsonPointer(path), detail: `has ${members.length} members, most of which are unknown` }];
  }
  return members.flatMap(([name, value]) => {
    const here = [...path, name];
    if (name in Object.prototype) return unknownField(here);
    const nested = (dto as JsonObject)[name];
    return isJsonObject(value) && isDtoInstance(nested) ? findInheritedNames(value, nested, here) : [];
  });
}

function toFieldErrors(error: ValidationError, path: readonly string[]): FieldError[] {
  const here = [...path, error.property];
  const { whitelistValidation, ...constraints } = error.constraints ?? {};
  return [
    ...(whitelistValidation === undefined ? [] : unknownField(here)),
    ...Object.values(constraints).map((detail) => ({ pointer: jsonPointer(here), detail })),
    ...(error.children ?? []).flatMap((child) => toFieldErrors(child, here)),
  ];
}

/** Two rules of one field may find the same fault. */
const withoutRepeats = (errors: readonly FieldError[]): FieldError[] => [
  ...new Map(errors.map((error) => [`${error.pointer} ${error.detail}`, error])).values(),
];

const unknownField = (path: readonly string[]): FieldError[] => [
  { pointer: jsonPointer(path), detail: 'is not a known field' },
];

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDtoInstance = (value: unknown): boolean =>
  isJsonObject(value) && Object.getPrototypeOf(value) !== Object.prototype;
