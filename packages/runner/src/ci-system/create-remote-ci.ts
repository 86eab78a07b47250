import { RunnerError } from '../error.ts';
import type { GithubCiConfig } from '../github/github-ci.ts';
import type { JenkinsCiConfig } from '../jenkins/jenkins-ci.ts';
import type { RemoteCi } from '../remote-ci.ts';
import type { ZuulCiConfig } from '../zuul/zuul-ci.ts';
import type { CiEffects } from './requests.ts';

/** What names another CI system, and what it runs for us. */
export type RemoteCiConfig =
  | (GithubCiConfig & { readonly kind: 'github' })
  | (ZuulCiConfig & { readonly kind: 'zuul' })
  | (JenkinsCiConfig & { readonly kind: 'jenkins' });

export interface RemoteCiSecrets {
  /** GitHub: a token, needed. Zuul: a JSON Web Token; without one nothing is started. Jenkins: an API token. */
  readonly token: string | null;
}

/**
 * Returns the system that the config names; what it is made of is loaded only then.
 * @throws RunnerError `bad-ci`
 */
export async function createRemoteCi(
  config: RemoteCiConfig,
  { token }: RemoteCiSecrets,
  effects: CiEffects,
): Promise<RemoteCi> {
  switch (config.kind) {
    case 'github': {
      if (token === null) {
        throw new RunnerError('bad-ci', `GitHub at ${config.url}: a workflow cannot be started without a token`, {
          outcome: 'invalid',
          next: 'Give one that may read and write the Actions of the repository.',
        });
      }
      const { createGithubCi } = await import('../github/github-ci.ts');
      return createGithubCi({ config, token, effects });
    }
    case 'zuul': {
      const { createZuulCi } = await import('../zuul/zuul-ci.ts');
      return createZuulCi({ config, token, effects });
    }
    case 'jenkins': {
      const { createJenkinsCi } = await import('../jenkins/jenkins-ci.ts');
      return createJenkinsCi({ config, token, effects });
    }
  }
}
