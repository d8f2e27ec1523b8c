import { getMetadataStorage, ValidationTypes } from 'class-validator';

interface MemberRules {
  readonly name: string;
  /** Where one of these says no, the member is not judged. */
  readonly conditions: readonly ((dto: object, value: unknown) => boolean)[];
  readonly rules: readonly ((dto: object, value: unknown) => unknown)[];
  /** Whether the value is a DTO itself. */
  readonly isNested: boolean;
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

const compiled = new WeakMap<object, ReadonlyMap<string, MemberRules> | null>();

/**
 * Whether a DTO passes every rule that its decorators have told class-validator, and has no member beside. Asks the
 * same rules as `validateSync`, which looks them all up again for each object.
 * Says no too often rather than yes once wrongly: then class-validator has the last word, and the words.
 */
export function passesRules(dto: object): boolean {
  // Not `dto.constructor`, which a member may be called.
  const members = rulesOf(Object.getPrototypeOf(dto).constructor);
  if (members === null) return false;
  for (const name in dto) if (!members.has(name)) return false;
  for (const member of members.values()) {
    if (!passes(dto, member)) return false;
  }
  return true;
}

function passes(dto: object, { name, conditions, rules, isNested }: MemberRules): boolean {
  const value = (dto as Record<string, unknown>)[name];
  for (const condition of conditions) if (!condition(dto, value)) return true;
  for (const rule of rules) if (rule(dto, value) !== true) return false;
  return !isNested || (typeof value === 'object' && value !== null && passesRules(value));
}

function rulesOf(type: object): ReadonlyMap<string, MemberRules> | null {
  let members = compiled.get(type);
  if (members === undefined) {
    members = compile(type);
    compiled.set(type, members);
  }
  return members;
}

/** `null` for a class that has no rules, or one of a kind that is not known here. */
function compile(type: object): ReadonlyMap<string, MemberRules> | null {
  const all = getMetadataStorage().getTargetValidationMetadatas(type as () => void, '', false, false);
  if (all.length === 0 || !all.every(isPlain)) return null;
  const members = [...Map.groupBy(all, ({ propertyName }) => propertyName)].map(([name, ofMember]) => {
    const conditions = ofMember
      .filter(isOf(ValidationTypes.CONDITIONAL_VALIDATION))
      .map(({ constraints }) => constraints[0]);
    const rules = ofMember.filter(isOf(ValidationTypes.CUSTOM_VALIDATION)).flatMap(toRules);
    return { name, conditions, rules, isNested: ofMember.some(isOf(ValidationTypes.NESTED_VALIDATION)) };
  });
  return new Map(members.map((member) => [member.name, member]));
}

const isOf = (kind: string) => (metadata: Metadata) => metadata.type === kind;

const KNOWN: ReadonlySet<string> = new Set([
  ValidationTypes.CONDITIONAL_VALIDATION,
  ValidationTypes.CUSTOM_VALIDATION,
  ValidationTypes.NESTED_VALIDATION,
  ValidationTypes.WHITELIST,
]);

const isPlain = (metadata: Metadata): boolean => KNOWN.has(metadata.type) && !metadata.each && !metadata.validateIf;

function toRules({ constraintCls, propertyName: property, constraints }: Metadata): MemberRules['rules'] {
  return getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance }) => (object: object, value: unknown) => {
      return instance.validate(value, { targetName: object.constructor.name, property, object, value, constraints });
    });
}
