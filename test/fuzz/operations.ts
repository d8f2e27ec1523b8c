import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** As much of a JSON Schema as our documents use for what is sent. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** What the document says of one answer to an operation. */
export interface DocumentedAnswer {
  readonly contentType: string | null;
  /** The codes of the problems that may come under this status. */
  readonly codes: readonly string[];
  /** Says what does not fit its schema, `null` when all does. */
  readonly faultOf: (body: unknown) => string | null;
}

export interface Operation {
  readonly plane: PlaneName;
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** `null` where it takes no body. */
  readonly body: Schema | null;
  /** The examples of its body. */
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

interface MediaType {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: Readonly<Record<string, unknown>> }>>;
}
interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const DOCUMENTS = { api: 'taskpilot-api', dtp: 'dtp-scheduler' } as const;
export type PlaneName = keyof typeof DOCUMENTS;
export const PLANE_NAMES = Object.keys(DOCUMENTS) as PlaneName[];

/** Everything that the plane's stored OpenAPI document describes. */
export function readOperations(plane: PlaneName): Operation[] {
  const file = new URL(`../../docs/openapi/${DOCUMENTS[plane]}.json`, import.meta.url);
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]): Operation => {
      const body = described.requestBody?.content['application/json'];
      const place = ['paths', path, method];
      return {
        ...{ plane, id: described.operationId, method: method.toUpperCase(), path },
        parameters: (described.parameters ?? []).map((known) => ({
          ...known,
          schema: resolve(document, known.schema),
        })),
        body: body?.schema ? resolve(document, body.schema) : null,
        examples: Object.values(body?.examples ?? {}).map(({ value }) => value),
        answers: new Map(
          Object.entries(described.responses).map(([status, { content = {} }]) => [
            Number(status),
            documentedAnswer(ajv, content, [...place, 'responses', status, 'content']),
          ]),
        ),
      };
    }),
  );
}

function documentedAnswer(
  ajv: Ajv2020,
  content: Readonly<Record<string, MediaType>>,
  place: readonly string[],
): DocumentedAnswer {
  const [contentType, media] = Object.entries(content)[0] ?? [null, {}];
  const validate =
    contentType && media.schema
      ? ajv.getSchema(`document#${[...place, contentType, 'schema'].map(pointerPart).join('')}`)
      : undefined;
  return {
    contentType,
    codes: Object.keys(media.examples ?? {}),
    faultOf: (body) => (!validate || validate(body) ? null : ajv.errorsText(validate.errors, { dataVar: '' })),
  };
}

const pointerPart = (part: string) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`;

/** Puts what a schema refers to in the place of the reference: ours have no cycles. */
function resolve(document: Document, schema: Schema): Schema {
  if (schema.$ref) return resolve(document, document.components.schemas[schema.$ref.split('/').at(-1)!]!);
  const resolved = (inner: Schema) => resolve(document, inner);
  return {
    ...schema,
    ...(schema.allOf?.length === 1 && { ...resolved(schema.allOf[0]!) }),
    ...(schema.items && { items: resolved(schema.items) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(resolved) }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map(resolved) }),
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, resolved(inner)])),
    }),
  };
}
