import { DlrnRefusal, jsonAnswer } from './answers.ts';
import { batchItem, headInputs } from './head-endpoints.ts';
import { inspectInput, type Mistake, nothing, readInput, type Values } from './head-pydantic.ts';
import { bodyMembers, mediaTypeOf, type Parameters, parseJson, type SentRequest } from './parameters.ts';
import { membersOf, pythonText, type PythonValue } from './python-values.ts';
import type { Read } from './reads.ts';
import { lastProcessed } from './state.ts';
import type { Write } from './writes.ts';

/**
 * Returns the parameters of a GET as the development head reads them, checked and in the forms that 0.26.1 knows: from
 * the body alone where the request says that it is JSON, else from the query and a form.
 */
export function headParameters(path: string, request: SentRequest): Parameters {
  const input = headInputs.get(`GET ${path}`);
  if (input === undefined) return () => undefined;
  const values = readInput(input, sentBy(request));
  return (name) => olderForm(name, values.get(name)) ?? undefined;
}

/** Returns the body of a POST, as {@link headParameters}. */
export function headBody(path: string, request: SentRequest): PythonValue {
  if (path === '/api/promote-batch') return readBatch(parseJson(request.body));
  const input = headInputs.get(`POST ${path}`);
  if (input === undefined) return parseJson(request.body);
  return olderBody(readInput(input, sentBy(request)));
}

function sentBy({ query, contentType, body }: SentRequest): ReadonlyMap<string, PythonValue> {
  const type = mediaTypeOf(contentType);
  if (type === 'application/json' || /^application\/.*\+json$/.test(type)) return bodyMembers(parseJson(body));
  const form = type === 'application/x-www-form-urlencoded' ? [...new URLSearchParams(body)] : [];
  // The first of several is taken.
  return new Map([...form.toReversed(), ...[...query].toReversed()]);
}

// 0.26.1 takes words for truth, and a limit below zero for none.
function olderForm(name: string, value: PythonValue | undefined): PythonValue | undefined {
  if (typeof value === 'boolean') return String(value);
  return name === 'limit' && (value ?? null) === null ? -1 : value;
}

function olderBody(values: Values): PythonValue {
  return Object.fromEntries([...values].map(([name, value]) => [name, olderForm(name, value) ?? null]));
}

const batchModel = 'ParsingModel[List[dlrn.api.inputs.promotions.PromoteInput]]';

function readBatch(sent: PythonValue): PythonValue {
  if (!Array.isArray(sent)) {
    const words = { words: 'value is not a valid list', kind: 'type_error.list' };
    throw batchRefusal([{ at: '', ...(sent === null ? nothing : words) }]);
  }
  const read = sent.map((item: PythonValue, index) => readItem(item, String(index)));
  const mistakes = read.flatMap((each) => each.mistakes);
  if (mistakes.length > 0) throw batchRefusal(mistakes);
  return read.map(({ values }) => olderBody(values));
}

function readItem(item: PythonValue, at: string): ReturnType<typeof inspectInput> {
  const members = membersOf(item);
  if (members !== undefined) {
    const { values, mistakes } = inspectInput(batchItem, members);
    return { values, mistakes: mistakes.map((each) => ({ ...each, at: `${at} -> ${each.at}` })) };
  }
  const words = { words: 'value is not a valid dict', kind: 'type_error.dict' };
  return { values: new Map(), mistakes: [{ at, ...(item === null ? nothing : words) }] };
}

function batchRefusal(mistakes: readonly Mistake[]): DlrnRefusal {
  const lines = mistakes.map(
    ({ at, words, kind }) => `__root__${at === '' ? '' : ` -> ${at}`}\n  ${words} (type=${kind})`,
  );
  const errors = mistakes.length === 1 ? 'error' : 'errors';
  return new DlrnRefusal(400, [`${mistakes.length} validation ${errors} for ${batchModel}`, ...lines].join('\n'));
}

/** Answers GET /api/components: those that have been promoted. */
export const components: Read = (state) => {
  const promoted = state.promotions.flatMap((row) => row.commit.component || []);
  return jsonAnswer(200, { components: [...new Set(promoted)].sort() });
};

/** Answers POST /api/recheck_package: forgets a build that failed, so that it is built again. */
export const recheckPackage: Write = (state, body) => {
  const name = pythonText(bodyMembers(body()).get('package_name') ?? null);
  const row = lastProcessed(state, name);
  const refusal = `Error while rechecking ${name}. `;
  if (row === undefined) {
    const why = 'There are no existing commits or the commit to be rechecked is already marked as RETRY.';
    throw new DlrnRefusal(400, refusal + why);
  }
  if (row.status === 'SUCCESS') {
    throw new DlrnRefusal(409, `${refusal}It's not possible to recheck a successful commit`);
  }
  state.commits.splice(state.commits.indexOf(row), 1);
  return jsonAnswer(201, { result: 'ok' });
};
