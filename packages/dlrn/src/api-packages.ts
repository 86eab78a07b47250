import { askNewerDlrn, type HealthApi } from './api-health.ts';
import { DlrnError } from './error.ts';
import { checkEcho, fieldsOf } from './fields.ts';
import type { Requests } from './requests.ts';

/**
 * What came of asking for another build of a package: `rechecked`, DLRN forgot the failed build and builds it again;
 * `not-failed`, its last build was a success; `nothing-to-recheck`, it has no build, or waits to be built again already.
 */
export type Recheck = 'rechecked' | 'not-failed' | 'nothing-to-recheck';

/** What DLRN's development head has, and 0.26.1 has not: there everything is a DlrnError `unsupported`. */
export interface PackagesApi {
  /** Returns the components that something was ever promoted of, in the order of their names. */
  components(): Promise<readonly string[]>;
  /** Has DLRN build the last commit of a package again, if that failed. */
  recheckPackage(name: string): Promise<Recheck>;
}

export function createPackagesApi(requests: Requests, health: HealthApi): PackagesApi {
  return {
    async components() {
      const path = '/api/components';
      const where = requests.urlOf(path);
      const { components } = fieldsOf(await askNewerDlrn(health, () => requests.get(path)), where);
      if (Array.isArray(components) && components.every((one) => typeof one === 'string')) return components;
      throw new DlrnError(
        'unexpected-answer',
        `${where} answered components = ${JSON.stringify(components)}, expected a list of texts`,
      );
    },

    async recheckPackage(name) {
      const path = '/api/recheck_package';
      const where = `POST ${requests.urlOf(path)}`;
      try {
        const answer = await askNewerDlrn(health, () => requests.post(path, { package_name: name }));
        checkEcho(fieldsOf(answer, where), { result: 'ok' }, where);
        return 'rechecked';
      } catch (error) {
        const status = error instanceof DlrnError ? error.status : undefined;
        const said = error instanceof DlrnError ? error.message : '';
        if (status === 409) return 'not-failed';
        // DLRN says 400 of a request that is wrong, too.
        if (status === 400 && /no existing commits or .* already marked as RETRY/.test(said))
          return 'nothing-to-recheck';
        throw error;
      }
    },
  };
}
