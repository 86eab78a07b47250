import { type Answer, refuse } from './answer.ts';
import type { LabImmutableTags } from './rules.ts';

/**
 * Returns the refusal of a push to a tag that is there and must stay as it is. The words are those of Harbor 2 and quay
 * (from their sources) and of Amazon ECR (from reports, such as osscontainertools/kaniko#204).
 */
export function refuseImmutable(like: LabImmutableTags['like'], repository: string, tag: string): Answer {
  switch (like) {
    case 'harbor': {
      const name = repository.split('/').slice(1).join('/');
      const message = `Failed to process request due to '${name}:${tag}' configured as immutable.`;
      return refuse(412, { code: 'PRECONDITION', message });
    }
    case 'quay':
      return refuse(409, {
        ...{ code: 'TAG_IMMUTABLE', message: 'tag is immutable and cannot be overwritten' },
        detail: { message: `tag '${tag}' is immutable` },
      });
    case 'ecr': {
      const message = `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`;
      return refuse(400, { code: 'TAG_INVALID', message });
    }
  }
}
