import { type AnyAction, defineAction } from '@tagflow/action-kit';
import { loadConfig, loadPolicyOf } from '@tagflow/config';
import { canonicalJson, TagflowError } from '@tagflow/model';
import { describePolicyReview, formatPolicyReview } from '@tagflow/promotion';
import { liftPolicy, openWorld, type OpenWorld, readPolicyReview } from '@tagflow/wiring';

/** Returns the action behind `tagflow policy`: waivers, holds and freezes, and what is to be said of them. */
export function createPolicyAction({ write }: { readonly write: (text: string) => void }): AnyAction {
  return defineAction({
    name: 'policy',
    description: 'Lists waivers, holds and freezes, what is wrong with them, and ends what a rollback left.',
    inputs: {
      config: { type: 'file', required: true, description: 'The tagflow.yaml of the release.' },
      'policy-dir': {
        type: 'path',
        description:
          'The folder with waivers, holds and freezes. Default: what tagflow.yaml says, else policy beside it.',
      },
      lift: {
        type: 'list',
        description:
          'Ends these holds and freezes that rollbacks left, by their ids. Those in files end with their lines.',
      },
      reason: { type: 'string', description: 'Why, for the record. Required with lift.' },
    },
    outputs: { policy: 'JSON: each entry with its state and a sentence.' },
    async run(values, context) {
      const config = await loadConfig(values.config);
      const policy = await loadPolicyOf(config, values['policy-dir']);
      if (values.lift.length > 0 && values.reason === undefined) {
        throw invalid('input "reason" is required with lift: the next reader will want to know why');
      }
      const worldOf = (component: string | null): Promise<OpenWorld> =>
        openWorld({
          ...{ config, promote: null, component, secrets: {}, effects: context, owner: context.actor },
          ...{ env: context.env, writes: false },
        });
      if (values.lift.length > 0) {
        await liftPolicy(config, values.lift, `${context.actor}: ${values.reason}`, context);
      }
      const reviews = await readPolicyReview(config, policy, worldOf, context.clock.now());
      write(reviews.length === 0 ? 'no waivers, holds or freezes\n' : `${formatPolicyReview(reviews).join('\n')}\n`);
      const wrong = reviews.filter(({ state }) => state !== 'active').length;
      const count = `${reviews.length} ${reviews.length === 1 ? 'waiver, hold or freeze' : 'waivers, holds and freezes'}`;
      return {
        outcome: values.lift.length > 0 ? (context.dryRun ? 'planned' : 'done') : 'done',
        message: wrong === 0 ? `${count}, nothing to say of them` : `${count}; look at ${wrong} of them`,
        summary: describePolicyReview(reviews),
        outputs: { policy: canonicalJson(reviews) },
      };
    },
  });
}

function invalid(message: string): TagflowError {
  return new TagflowError('bad-request', message, { outcome: 'invalid' });
}
