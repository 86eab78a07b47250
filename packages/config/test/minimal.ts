/** The shortest tagflow.yaml that is right. */
export const minimal = `
release: master
distro: centos7
dlrn:
  api-url: https://trunk.example/api
  repos-url: https://trunk.example/centos7-master
phases:
  rdo-phase-1:
    promote:
      from: current-tripleo
      to: current-tripleo-rdo
      criteria: { all-of: [job-a] }
`;

/** The parts of a file that phases may name, and nothing else: put `phases:` behind it. */
export const places = `release: master
distro: centos7
dlrn: { api-url: 'https://trunk.example/api', repos-url: 'https://trunk.example/centos7-master' }
registries:
  rdo: { url: 'https://registry.example/master' }
  inner: { url: 'https://inner.example/master', visibility: internal }
image-stores:
  public: { url: 'sftp://uploader@images.example/images' }
  inside: { url: 'file:///srv/images', visibility: internal }
  web: { url: 'https://images.example' }
`;
