import { parse } from 'yaml';
import type { Definition, InputForm } from './definition.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns what the callers of workflows depend on. A workflow that nobody can call (no `workflow_call`) is left out.
 * @param texts file name, such as `phase-upstream.yml` → its YAML
 */
export function workflowsDefinition(texts: ReadonlyMap<string, string>): Definition {
  const inputs: [string, InputForm][] = [];
  const outputs: string[] = [];
  const workflows: string[] = [];
  const permissions: Record<string, string> = {};
  for (const [file, text] of texts) {
    const workflow = fields(parse(text));
    const triggers = fields(workflow['on']);
    if (!Object.hasOwn(triggers, 'workflow_call')) continue;
    const call = fields(triggers['workflow_call']);
    workflows.push(file);
    for (const [name, input] of Object.entries(fields(call['inputs']))) inputs.push([`${file}: ${name}`, form(input)]);
    for (const [name, secret] of Object.entries(fields(call['secrets']))) {
      const { required } = form(secret);
      inputs.push([`${file}: secret ${name}`, { type: 'secret', ...(required === true ? { required } : {}) }]);
    }
    outputs.push(...Object.keys(fields(call['outputs'])).map((name) => `${file}: ${name}`));
    // A called workflow gets at most what its caller has: GitHub refuses to start it when a job asks for more.
    for (const holder of [workflow, ...Object.values(fields(workflow['jobs'])).map(fields)]) {
      if (typeof holder['permissions'] === 'string') {
        throw new Error(
          `${file}: permissions: ${holder['permissions']} says nothing that callers could grant; name each one`,
        );
      }
      for (const [name, access] of Object.entries(fields(holder['permissions']))) {
        const key = `${file}: ${name}`;
        if (access !== 'none' && permissions[key] !== 'write') permissions[key] = String(access);
      }
    }
  }
  return { inputs: Object.fromEntries(inputs), outputs, outcomes: {}, runs: null, workflows, permissions };
}

function form(input: unknown): InputForm {
  const { type, required, default: value } = fields(input);
  return {
    type: typeof type === 'string' ? type : 'string',
    ...(required === true ? { required } : {}),
    ...(value === undefined ? {} : { default: String(value) }),
  };
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
