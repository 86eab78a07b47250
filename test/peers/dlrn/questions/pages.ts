import type { Question } from '../question.ts';
import { asJson } from './parts.ts';

const page = (path: string): Question => ({ name: `page: ${path}`, ask: `GET /api/${path}`, compare: 'head' });
const refused = (path: string): Question => ({ name: `page: ${path}`, ask: `GET /api/${path}` });

/** Pages for people. The lab's say the same in fewer words. */
export const pages: readonly Question[] = [
  page('report.html'),
  page('civotes.html'),
  page('civotes.html?offset=1'),
  page('civotes.html?offset=1000'),
  page('civotes.html?offset=-1'),
  page('civotes.html?offset=x'),
  page('civotes.html?offset='),
  page('civotes_agg.html'),
  page('civotes_agg.html?offset=1'),
  page('civotes_agg.html?offset=x'),
  page('civotes_detail.html?commit_hash={good.commit}&distro_hash={good.distro}'),
  page('civotes_detail.html?commit_hash=x&distro_hash=x'),
  page('civotes_detail.html?ci_name=job'),
  page('civotes_detail.html?component=nothing'),
  refused('civotes_detail.html'),
  refused('civotes_detail.html?commit_hash={good.commit}'),
  refused('civotes_detail.html?commit_hash={good.commit}&distro_hash='),
  page('civotes_detail.html?commit_hash={good.commit}&ci_name=job'),
  refused('civotes_detail.html?ci_name='),
  page('civotes_agg_detail.html?ref_hash=x'),
  page('civotes_agg_detail.html?ci_name=job'),
  refused('civotes_agg_detail.html'),
  refused('civotes_agg_detail.html?ref_hash='),
  {
    name: 'page: civotes.html as JSON without a body',
    ask: 'GET /api/civotes.html',
    ...asJson,
    compare: 'head',
  },
];
