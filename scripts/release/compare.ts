import type { Definition, InputForm } from './definition.ts';

/** One difference that the users of an action can meet. `major` breaks them. */
export interface Change {
  readonly level: 'minor' | 'major';
  /** What changed, as the end of a sentence: `input "label" was removed`. */
  readonly what: string;
}

/** Returns what changed for users from one definition to a later one; the breaks first. */
export function compareDefinitions(before: Definition, after: Definition): readonly Change[] {
  const changes = [
    ...workflows(before, after),
    ...inputs(before, after),
    ...names('output', before.outputs, after.outputs),
    ...outcomes(before, after),
    ...permissions(before, after),
    ...(before.runs === after.runs ? [] : [breaks(`it runs on ${String(after.runs)}, not on ${String(before.runs)}`)]),
  ];
  return [...changes.filter(({ level }) => level === 'major'), ...changes.filter(({ level }) => level === 'minor')];
}

const breaks = (what: string): Change => ({ level: 'major', what });
const adds = (what: string): Change => ({ level: 'minor', what });

function workflows(before: Definition, after: Definition): readonly Change[] {
  return names('workflow', before.workflows, after.workflows);
}

function names(noun: string, before: readonly string[], after: readonly string[], of = ''): readonly Change[] {
  return [
    ...before.filter((name) => !after.includes(name)).map((name) => breaks(`${noun} "${name}"${of} was removed`)),
    ...after.filter((name) => !before.includes(name)).map((name) => adds(`${noun} "${name}"${of} is new`)),
  ];
}

function inputs(before: Definition, after: Definition): readonly Change[] {
  const removed = Object.keys(before.inputs).filter((name) => !Object.hasOwn(after.inputs, name));
  return [
    ...removed.map((name) => breaks(`input "${name}" was removed`)),
    ...Object.entries(after.inputs).flatMap(([name, form]) => {
      const old = before.inputs[name];
      if (old !== undefined) return input(`input "${name}"`, old, form);
      const isNeeded = form.required === true && form.default === undefined;
      return [isNeeded ? breaks(`input "${name}" is new and required`) : adds(`input "${name}" is new`)];
    }),
  ];
}

function input(name: string, old: InputForm, form: InputForm): readonly Change[] {
  const changes: Change[] = [];
  const was = old.required === true;
  const is = form.required === true;
  if (is && !was) changes.push(breaks(`${name} became required`));
  if (was && !is) changes.push(adds(`${name} is not required any more`));
  if (old.default !== form.default) {
    changes.push(breaks(`the default of ${name} changed from ${shown(old.default)} to ${shown(form.default)}`));
  }
  if (old.type !== form.type) {
    const what = `${name} changed from type ${old.type} to ${form.type}`;
    return [...changes, takesAll(old.type, form.type) ? adds(what) : breaks(what)];
  }
  return [
    ...changes,
    ...choices('option', name, old.options, form.options),
    ...choices('scheme', name, old.schemes, form.schemes),
    ...limit(`the minimum of ${name}`, old.min, form.min, (from, to) => to > from),
    ...limit(`the maximum of ${name}`, old.max, form.max, (from, to) => to < from),
  ];
}

/** Returns whether a type takes everything that another one took, and means the same by it. */
function takesAll(old: string, type: string): boolean {
  // A secret is given by file or environment, so it never becomes something else unnoticed.
  if (type === 'string') return old !== 'secret' && old !== 'list';
  return type === 'path' && old === 'file';
}

// No options at all: everything is allowed.
function choices(
  noun: string,
  of: string,
  old: readonly string[] | undefined,
  now: readonly string[] | undefined,
): readonly Change[] {
  if (old === undefined) return now === undefined ? [] : [breaks(`${of} takes only ${now.join(', ')}`)];
  return now === undefined ? [adds(`${of} takes every ${noun}`)] : names(noun, old, now, ` of ${of}`);
}

function limit(
  noun: string,
  old: number | undefined,
  now: number | undefined,
  isNarrower: (from: number, to: number) => boolean,
): readonly Change[] {
  if (old === now) return [];
  const what = `${noun} changed from ${shown(old?.toString())} to ${shown(now?.toString())}`;
  return [now !== undefined && (old === undefined || isNarrower(old, now)) ? breaks(what) : adds(what)];
}

function outcomes(before: Definition, after: Definition): readonly Change[] {
  const known = Object.entries(before.outcomes).flatMap(([outcome, code]) => {
    const now = after.outcomes[outcome];
    if (now === undefined) return [breaks(`outcome "${outcome}" was removed`)];
    if (now === code) return [];
    return [breaks(`the exit code of outcome "${outcome}" changed from ${String(code)} to ${String(now)}`)];
  });
  const added = Object.keys(after.outcomes).filter((outcome) => !Object.hasOwn(before.outcomes, outcome));
  return [...known, ...added.map((outcome) => adds(`outcome "${outcome}" is new`))];
}

function permissions(before: Definition, after: Definition): readonly Change[] {
  return Object.entries(after.permissions).flatMap(([name, access]) => {
    const old = before.permissions[name];
    if (old === access || old === 'write') return [];
    // Callers of a new workflow have nothing yet that could break.
    if (!before.workflows.includes(name.split(':')[0] ?? '')) return [];
    return [breaks(`permission "${name}" has to be granted: ${access}`)];
  });
}

function shown(text: string | undefined): string {
  return text === undefined ? 'nothing' : `"${text}"`;
}
