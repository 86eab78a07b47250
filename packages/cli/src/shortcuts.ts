import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ActionContext, ActionResult, AnyAction, InputSpecs } from '@tagflow/action-kit';
import { parsePlan } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';

/** Where a shortcut puts its words for people, and what relative paths are relative to. */
export interface ShortcutHost {
  readonly cwd: string;
  readonly write: (text: string) => void;
}

type Values = Readonly<Record<string, unknown>>;

/** promote-symlink with some inputs fixed: people at a terminal type what they mean. */
function shortcut(
  name: string,
  description: string,
  { without, more = {} }: { readonly without: readonly string[]; readonly more?: InputSpecs },
  run: (values: Values, context: ActionContext) => Promise<ActionResult<string>>,
): AnyAction {
  const kept = Object.entries(promoteSymlink.inputs).filter(([input]) => !without.includes(input));
  const inputs: InputSpecs = { ...Object.fromEntries(kept), ...more };
  return {
    ...promoteSymlink,
    name,
    description,
    inputs,
    run: (values: Values, context: ActionContext) => run(values, context),
  };
}

// The inputs that a shortcut fixes are absent from its values; promote-symlink itself checks all of them.
const promote = promoteSymlink.run as (values: Values, context: ActionContext) => Promise<ActionResult<string>>;

const label = { type: 'string', required: true, description: 'The label that moves.' } as const;

/** `tagflow plan LABEL`: what a promotion would do, as a file for `tagflow apply` and as a text. */
export function createPlanAction({ write }: ShortcutHost): AnyAction {
  const parts = { without: ['mode', 'plan'], more: { 'target-label': label } };
  return shortcut('plan', 'Decides and plans a promotion, and writes nothing.', parts, async (values, context) => {
    const result = await promote({ ...values, mode: 'promote' }, { ...context, dryRun: true });
    const path = result.outputs['plan'];
    if (path === undefined || path === '') return result;
    const { formatPlanText } = await import('./plan-text.ts');
    write(formatPlanText(parsePlan(await readFile(path, 'utf8'), path)));
    write(`tagflow apply ${path} --config ${values['config'] as string}\n`);
    return result;
  });
}

/** `tagflow apply PLAN`: does what a plan says, if it still holds. */
export function createApplyAction({ cwd, write }: ShortcutHost): AnyAction {
  const plan = { type: 'file', required: true, description: 'The plan, of tagflow plan or tagflow doctor.' } as const;
  const parts = { without: ['mode', 'target-label', 'full-hash', 'repo-url', 'set'], more: { plan } };
  return shortcut('apply', 'Does what a plan says, exactly, if it still holds.', parts, async (values, context) => {
    const path = resolve(cwd, `${values['plan'] as string}`);
    const read = parsePlan(await readFile(path, 'utf8'), path);
    const { formatPlanText } = await import('./plan-text.ts');
    write(formatPlanText(read));
    const reason = values['reason'] ?? read.reason ?? undefined;
    const phase = values['phase'];
    return promote(
      { ...values, reason, plan: path, mode: read.mode, 'target-label': read.label, phase, set: [] },
      context,
    );
  });
}

/** `tagflow resume LABEL`: ends what was interrupted. */
export function createResumeAction(): AnyAction {
  const parts = { without: ['mode', 'plan', 'full-hash', 'repo-url', 'set'], more: { 'target-label': label } };
  const description = 'Ends what was interrupted, and makes packages, containers and images of a label agree.';
  return shortcut('resume', description, parts, (values, context) =>
    promote({ ...values, mode: 'resume', set: [] }, context),
  );
}

/** `tagflow rollback LABEL`: goes back to the set before, or to any earlier one. */
export function createRollbackAction(): AnyAction {
  const more = {
    'target-label': label,
    'full-hash': {
      type: 'string',
      description: 'The earlier hash to go back to. Default: what the label named before.',
    },
    reason: { type: 'string', required: true, description: 'Why; everybody who meets the freeze will read it.' },
  } as const;
  const description = 'Takes a label back to an earlier set, freezes it, and holds the set that it leaves.';
  return shortcut('rollback', description, { without: ['mode', 'plan', 'set', 'criteria'], more }, (values, context) =>
    promote({ ...values, mode: 'rollback', set: [], criteria: [] }, context),
  );
}
