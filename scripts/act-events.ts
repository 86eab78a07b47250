/** One line of what act tells. */
export interface ActEvent {
  /** Such as `upstream/test some-job`: the job that calls the workflow, the job, and the value of its matrix. */
  readonly job: string;
  /** Such as `./actions/promote-symlink`. */
  readonly step: string;
  readonly message: string;
  /** Whether a step printed it, and not act. */
  readonly raw: boolean;
  /** How the step ended: `success`, `failure` or `skipped`; null as long as it runs. */
  readonly stepResult: string | null;
  /** How the job ended, in its last event; null before. */
  readonly jobResult: string | null;
  /** An output that the step set; its name is `<step id>.<output>`. */
  readonly output: { readonly name: string; readonly value: string } | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns what a line of `act --json` tells, and what of it a person would see without `--json`. */
export function parseLine(line: string): { readonly event: ActEvent | null; readonly text: string } {
  const fields = parseFields(line);
  return fields === null ? { event: null, text: line } : { event: eventOf(fields), text: visibleText(fields) };
}

function parseFields(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function eventOf(fields: Fields): ActEvent {
  const text = (name: string): string | null => (typeof fields[name] === 'string' ? fields[name] : null);
  const { stepID: ids, matrix } = fields;
  const stepId = Array.isArray(ids) ? ids.join('.') : '';
  const isOutput = text('command') === 'set-output';
  return {
    job: jobName(text('job') ?? '', text('jobID') ?? '', matrix),
    step: text('step') ?? '',
    message: (text('msg') ?? '').trimEnd(),
    raw: fields['raw_output'] === true,
    stepResult: text('stepResult'),
    jobResult: text('jobResult'),
    output: isOutput ? { name: `${stepId}.${text('name') ?? ''}`, value: text('arg') ?? '' } : null,
  };
}

// act says `<calling job>/<name of the workflow>/<job>-<number of the leg>`, filled up with spaces.
function jobName(name: string, id: string, matrix: unknown): string {
  const leg = typeof matrix === 'object' && matrix !== null ? Object.values(matrix) : [];
  const callers = name.split('/').slice(0, -2);
  return [[...callers, id].join('/'), ...leg].join(' ');
}

// With --json act repeats each ::add-mask:: as it came, beside a masked message; without it, nobody would see that.
function visibleText(fields: Fields): string {
  const shown = fields['command'] === 'add-mask' ? [fields['msg']] : Object.values(fields);
  return shown.filter((value) => typeof value === 'string').join('\n');
}
