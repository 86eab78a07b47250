/**
 * The lab's DLRN. It stands in for the release 0.26.1 ("R", the default) and, where options say so, for the development
 * head after it ("H", which only its source tells of: nobody can install a release of it).
 *
 * What there is: the whole API with its refusals and their order, GraphQL, the lines on builds of `/metrics`, the
 * repository tree with labels, aggregates, `versions.csv` and reports, imports from another DLRN, and DLRN's own
 * defects as faults (faults.ts). Way in: api.ts lists the paths; reads.ts and writes.ts answer them; state.ts holds the
 * rows and file-tree.ts the files; repository.ts and promote.ts change both as DLRN does; python-values.ts is how
 * Python reads and shows what was sent.
 *
 * What there is not:
 * - building: packages are a few bytes, and their repodata is enough for a reader, not for an installation;
 * - what `/metrics` says of the process (`python_*`, `process_*`, `dlrn_request_processing_seconds`), and `/static`;
 * - the words and looks of pages for people (`report.html`, `civotes*.html`): the facts are there, in less HTML;
 * - an import that ends as RETRY: a build that failed is FAILED, whatever its log says; and the words of a YAML parser;
 * - GraphQL's suggestions ("Did you mean"), in the order of the real library;
 * - Kerberos, more than one user, a second process on the same rows, and every network but loopback.
 *
 * `test/peers/dlrn-differential.test.ts` holds the lab to R: it asks both the same questions and compares answers and
 * disks. What differs there and is meant to is in `test/peers/dlrn/accepted.ts`. A doubt about R is best settled by one
 * more question: a line below `test/peers/dlrn/questions/`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@tagflow/model';
import { type Answer, readBody, send, startServer } from '../http-server.ts';
import { type ServerWatch, unwatched } from '../watch.ts';
import { flaskPage } from './answers.ts';
import { createDefects, type DlrnDefects } from './faults.ts';
import { defaultProjects } from './projects.ts';
import { answerTree, treeNotFound } from './serve-tree.ts';
import {
  createDlrnState,
  type DlrnRelease,
  type DlrnState,
  keepState,
  type LabMode,
  type LabProject,
} from './state.ts';

/** A request as a fault hook sees it. */
export interface LabDlrnRequest {
  readonly area: 'api' | 'tree';
  readonly method: string;
  /** Without the builder's prefix: `/api/promote`, `/current/delorean.repo`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/**
 * What goes wrong: an answer of one's own; `reset` cuts the connection, `hang` never answers, `html` is Flask's page
 * of 500, all three without doing anything; `after` does it, and then answers that page.
 */
export type LabDlrnFault =
  | { readonly status: number; readonly body: string; readonly contentType: string }
  | 'reset'
  | 'hang'
  | 'html'
  | 'after';

/** Decides for each request what goes wrong; undefined lets it pass. */
export type LabDlrnFaults = (request: LabDlrnRequest) => LabDlrnFault | undefined;

export interface LabDlrnOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly mode: LabMode;
  /** Which DLRN answers; default R. */
  readonly release?: DlrnRelease;
  /** GETs below /api need the credentials, but for graphql. Only H can do that. Default false. */
  readonly protectReads?: boolean;
  /** The packages that `consistent` waits for; {@link defaultProjects} unless told. */
  readonly projects?: readonly LabProject[];
  /** Default `centos7-master`, in component mode `centos9-master`. */
  readonly builder?: string;
  readonly username?: string;
  readonly password?: string;
  readonly faults?: LabDlrnFaults;
  /** Default any free one. The hash of an aggregate depends on it, because every delorean.repo names its server. */
  readonly port?: number;
  readonly watch?: ServerWatch;
}

export interface LabDlrn extends DlrnDefects {
  /** The part before `/api`, below the builder's prefix as on RDO's servers: `http://127.0.0.1:PORT/api-centos7-master`. */
  readonly apiUrl: string;
  /** The top of the repository tree: `http://127.0.0.1:PORT/centos7-master`. */
  readonly reposUrl: string;
  readonly username: string;
  readonly password: string;
  /** The rows and files, to look at and to change; `recordBuild` and `promoteOne` work on it. */
  readonly state: DlrnState;
  /** Every request so far, in order. */
  readonly requests: readonly LabDlrnRequest[];
  setFaults(hook: LabDlrnFaults | undefined): void;
  /** Returns what puts rows and files back to what they are now, as often as it is called. */
  snapshot(): () => void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for DLRN on loopback: the API, also without prefix, and the repository tree, on one port.
 * @throws RangeError for protected reads of R
 */
export async function startLabDlrn(options: LabDlrnOptions): Promise<LabDlrn> {
  const { release = 'R', protectReads = false } = options;
  if (release === 'R' && protectReads) throw new RangeError('DLRN 0.26.1 cannot protect reads; release H can');
  const builder = options.builder ?? (options.mode === 'classic' ? 'centos7-master' : 'centos9-master');
  const account = { username: options.username ?? 'ciuser', password: options.password ?? 'cipass' };
  const requests: LabDlrnRequest[] = [];
  let faults = options.faults;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://lab');
    if (url.pathname === `/${builder}`) {
      send(request, response, { status: 301, headers: { location: `/${builder}/` } });
      return;
    }
    const area = splitPrefix(url, builder);
    const body = (await readBody(request)).toString();
    const seen = { area, method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, body };
    requests.push(seen);
    const fault = faults?.(seen);
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object') {
      send(request, response, {
        status: fault.status,
        headers: { 'content-type': fault.contentType },
        body: fault.body,
      });
      return;
    }
    if (fault === 'html') {
      send(request, response, flaskPage(500));
      return;
    }
    const { watch = unwatched } = options;
    const what = `${seen.method} ${area} ${url.pathname}${url.search} ${body}`;
    const answer = await watch(what, () => answerRequest(area, request, url, body));
    send(request, response, fault === 'after' ? flaskPage(500) : answer);
  };
  const answerRequest = async (
    area: 'api' | 'tree',
    request: IncomingMessage,
    url: URL,
    body: string,
  ): Promise<Answer> => {
    if (area === 'api') return defects.answer(request, url, body);
    const path = decodeURIComponent(url.pathname);
    return defects.hides(path) ? treeNotFound : answerTree(state.tree, path);
  };
  const server = await startServer(handle, options.port);
  const reposUrl = `${server.url}/${builder}`;
  const state = createDlrnState({
    mode: options.mode,
    release,
    builder,
    clock: options.clock,
    baseUrl: reposUrl,
    projects: options.projects ?? defaultProjects,
  });
  const defects = createDefects({ state, account, protectReads });
  return {
    apiUrl: `${server.url}/api-${builder}`,
    reposUrl,
    ...account,
    state,
    requests,
    setFaults: (hook) => {
      faults = hook;
    },
    snapshot: () => keepState(state),
    break: defects.break,
    mend: defects.mend,
    close: server.close,
  };
}

// Takes the prefix away from the URL's path and tells what is below it.
function splitPrefix(url: URL, builder: string): 'api' | 'tree' {
  const apiPrefix = `/api-${builder}/`;
  const treePrefix = `/${builder}/`;
  if (url.pathname.startsWith(apiPrefix)) {
    url.pathname = url.pathname.slice(apiPrefix.length - 1);
    return 'api';
  }
  if (url.pathname.startsWith(treePrefix)) {
    url.pathname = url.pathname.slice(treePrefix.length - 1);
    return 'tree';
  }
  return url.pathname.startsWith('/api/') || url.pathname === '/metrics' ? 'api' : 'tree';
}
