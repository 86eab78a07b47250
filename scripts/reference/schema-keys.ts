/** A part of a JSON Schema, as far as tagflow's own use it. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

/** One key of a file. */
export interface Key {
  /** Such as `phases.NAME.pin.from`; `[]` stands for each item of a list, `NAME` for a name that the file chooses. */
  readonly path: string;
  readonly type: string;
  /** As YAML; null without one. */
  readonly default: string | null;
  readonly required: boolean;
  readonly description: string;
}

/** Returns every key of a schema, each after the one that it is in. A key of several forms is there once. */
export function keysOf(schema: Schema): readonly Key[] {
  const keys = new Map<string, Key>();
  walk(schema, '', keys);
  return [...keys.values()];
}

function walk(schema: Schema, path: string, keys: Map<string, Key>): void {
  const form = schema.properties?.['kind']?.const;
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const place = path === '' ? name : `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    const key = keyOf(place, child, required);
    const inForm = form === undefined ? key : { ...key, description: `${String(form)}: ${key.description}` };
    const known = keys.get(place);
    keys.set(place, known === undefined ? inForm : joined(known, inForm));
    walk(child, place, keys);
  }
  if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, `${path}.NAME`, keys);
  if (schema.items !== undefined) walk(schema.items, `${path}[]`, keys);
  for (const each of formsOf(schema)) walk(each, path, keys);
}

/** A key that several forms of a group have. */
function joined(known: Key, other: Key): Key {
  const types = known.type.split(', ');
  const type = types.includes(other.type) ? known.type : [...types, other.type].join(', ');
  const [form = '', words = ''] = other.description.split(/: (.*)/s);
  const description = known.description.includes(other.description)
    ? known.description
    : known.description.endsWith(`: ${words}`)
      ? known.description.replace(`: ${words}`, `, ${form}: ${words}`)
      : `${known.description} ${other.description}`;
  return { ...known, type, description };
}

function keyOf(path: string, schema: Schema, required: boolean): Key {
  const { default: value } = schema;
  // An empty group only says that the group may be left out.
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return {
    path,
    type: typeOf(schema),
    default: value === undefined || isEmpty ? null : typeof value === 'string' ? value : JSON.stringify(value),
    required,
    description: schema.description ?? '',
  };
}

function formsOf(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.$ref !== undefined) return schema.$ref.replace(/^.*\//, '');
  const forms = formsOf(schema);
  if (forms.length > 0) return [...new Set(forms.map(typeOf).filter((type) => type !== 'null'))].join(' or ');
  if (schema.type === 'array') return `list of ${plural(typeOf(schema.items ?? {}))}`;
  if (schema.type === 'object' && schema.properties === undefined) {
    const each = schema.additionalProperties;
    return typeof each === 'object' && each.type !== 'object' ? `map of ${plural(typeOf(each))}` : 'map';
  }
  if (schema.type === 'object') return 'group';
  if (schema.type === 'integer') return `number${range(schema)}`;
  return schema.type === 'string' ? 'text' : (schema.type ?? 'any');
}

function plural(type: string): string {
  return ['text', 'group', 'map'].includes(type) ? `${type}s` : type;
}

function range({ minimum, maximum }: Schema): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum;
  if (minimum === undefined && most === null) return '';
  return most === null ? ` from ${minimum}` : ` ${minimum ?? ''}–${most}`;
}
