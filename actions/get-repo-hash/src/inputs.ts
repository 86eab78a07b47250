import type { InputSpecs } from '@tagflow/action-kit';

export const inputs = {
  release: {
    type: 'string',
    description: 'The release, such as master or wallaby. With distro it names the repository that RDO serves.',
  },
  distro: { type: 'string', description: 'The distribution and its version, such as centos9.' },
  label: {
    type: 'string',
    description:
      'The label to look up, such as consistent. Default: what the phase pins from, promotes from or hands off.',
  },
  component: {
    type: 'string',
    description: "Look up this component's own label, such as that of tripleo, not the one of the whole repository.",
  },
  'dlrn-url': {
    type: 'url',
    description:
      'The DLRN API, the part before /api/. Needed for as-of, and for an aggregate that is given without repo-url.',
  },
  'repos-url': {
    type: 'url',
    description: 'The base of the repository tree, such as https://trunk.rdoproject.org/centos9-master.',
  },
  'full-hash': {
    type: 'string',
    description: 'Skip the look-up: check that this hash exists, and tell the rest about it.',
  },
  'repo-url': { type: 'url', description: 'The immutable directory of full-hash.' },
  against: {
    type: 'string',
    description: 'A label to compare with, for is-new. Default: the label that the phase promotes to.',
  },
  'as-of': {
    type: 'string',
    description: 'What the label named at this time (ISO 8601), by the promotions that DLRN remembers.',
  },
} as const satisfies InputSpecs;
