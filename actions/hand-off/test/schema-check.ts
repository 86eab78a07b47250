import { readFileSync } from 'node:fs';

type Schema = Readonly<Record<string, unknown>>;

const top = JSON.parse(readFileSync(new URL('../manifest.schema.json', import.meta.url), 'utf8')) as Schema;

/** Returns where a manifest is not what manifest.schema.json says, for the words of JSON Schema that the file uses. */
export function schemaProblems(value: unknown, schema: Schema = top, at = 'manifest'): readonly string[] {
  if (typeof schema['$ref'] === 'string') return schemaProblems(value, definition(schema['$ref']), at);
  const { type, pattern } = schema;
  const types = type === undefined ? null : Array.isArray(type) ? type : [type];
  if (types !== null && !types.includes(typeOf(value))) return [`${at} is ${typeOf(value)}, not ${types.join(' or ')}`];
  if ('const' in schema && value !== schema['const']) return [`${at} is not ${String(schema['const'])}`];
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value))
    return [`${at}: ${String(value)} is not allowed`];
  if (typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value))
    return [`${at}: ${value} is not ${pattern}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => schemaProblems(item, fields(schema['items']), `${at}[${String(index)}]`));
  if (typeof value !== 'object' || value === null) return [];
  const known = fields(schema['properties']);
  const more = schema['additionalProperties'];
  const missing = ((schema['required'] ?? []) as readonly string[]).filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      if (Object.hasOwn(known, name)) return schemaProblems(member, fields(known[name]), `${at}.${name}`);
      if (more === false) return [`${at}.${name} is unknown`];
      return typeof more === 'object' ? schemaProblems(member, fields(more), `${at}.${name}`) : [];
    }),
  ];
}

function definition(ref: string): Schema {
  return fields(fields(top['$defs'])[ref.replace('#/$defs/', '')]);
}

function fields(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
