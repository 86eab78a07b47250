import { type Config, type Phase, resolveImageStore } from '@tagflow/config';

/** The inputs of `tagflow run` that a phase may need besides tagflow.yaml. */
type Needed = 'password' | 'ssh-key' | 'known-hosts' | 'auth' | 'runner-token';

const howToGive: Readonly<Record<Needed, string>> = {
  password: 'no password was given: --password-env NAME or --password-file PATH',
  'ssh-key': 'no SSH key was given: --ssh-key-file PATH or --ssh-key-env NAME',
  'known-hosts': 'no known hosts were given: --known-hosts PATH',
  'runner-token': 'no token for it was given: --runner-token-file PATH or --runner-token-env NAME',
  auth: 'no key to sign with was given: --auth-file PATH or --auth-env NAME',
};

/**
 * Returns one sentence for each input that the phases need and that was not given, so that an evening of builds does
 * not end at a server that nobody may write to.
 * @param given which inputs there are
 */
export function missingSecrets(config: Config, phases: readonly Phase[], given: ReadonlySet<string>): string[] {
  return phases.flatMap((phase) => {
    const needs: readonly (readonly [Needed, string])[] = [
      ...(writesToDlrn(phase) && config.dlrn.authMethod === 'basic'
        ? [['password', `phase ${phase.name} writes to ${config.dlrn.apiUrl}`] as const]
        : []),
      ...sftpPlaces(config, phase)
        .slice(0, 1)
        .flatMap((url) =>
          (['ssh-key', 'known-hosts'] as const).map((name) => [name, `phase ${phase.name} uses ${url}`] as const),
        ),
    ];
    const hook = phase.handOff?.destination ?? '';
    const signed: readonly (readonly [Needed, string])[] = /^https?:/i.test(hook)
      ? [['auth', `phase ${phase.name} hands off to ${hook}`]]
      : [];
    const runners = [...(phase.test?.jobs ?? []), ...(phase.after?.jobs ?? [])].map(({ runner }) => runner);
    const github = runners.find((name) => config.runners[name]?.kind === 'github');
    const started: readonly (readonly [Needed, string])[] =
      github === undefined ? [] : [['runner-token', `phase ${phase.name} runs jobs at GitHub, by runner ${github}`]];
    return [...needs, ...signed, ...started]
      .filter(([name]) => !given.has(name))
      .map(([name, why]) => `${why}, and ${howToGive[name]}`);
  });
}

/** Returns the input that is of no use at the DLRN of a release, which lets its users in another way. */
export function otherLogin({ dlrn }: Config): 'password' | 'keytab' {
  return dlrn.authMethod === 'kerberos' ? 'password' : 'keytab';
}

/** Returns one sentence for each login that was given and that no release takes. */
export function uselessLogins(configs: readonly Config[], given: ReadonlySet<string>): string[] {
  return (['password', 'keytab'] as const)
    .filter((name) => given.has(name) && configs.every((config) => otherLogin(config) === name))
    .map((name) => {
      const method = name === 'password' ? 'basic' : 'kerberos';
      return `input "${name}" is for auth-method ${method}, and no config says auth-method: ${method}`;
    });
}

/** Whether the phase moves a label, or reports what its tests found. */
function writesToDlrn({ pin, promote, test }: Phase): boolean {
  return pin !== null || promote !== null || test !== null;
}

function sftpPlaces(config: Config, phase: Phase): readonly string[] {
  const store = (name: string) => resolveImageStore(config, name);
  const { images } = phase.build;
  const urls = [
    ...(images === null ? [] : [store(images.store).url]),
    ...(phase.promote?.images?.destinations ?? []).map((name) => store(name).url),
    ...(phase.fetch === null ? [] : [store(phase.fetch.from).readUrl]),
    ...phase.mirror.flatMap(({ from, to }) => [store(from).readUrl, store(to).url]),
    ...(phase.handOff === null ? [] : [phase.handOff.destination]),
    ...(phase.test === null && phase.after === null ? [] : [config.logs?.url ?? '']),
  ];
  return urls.filter((url) => /^sftp:/i.test(url));
}
