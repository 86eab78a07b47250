import test from 'ava';
import { redactUrl } from '../src/index.ts';

const table: readonly (readonly [string, string])[] = [
  ['https://trunk.rdoproject.org/api/promotions', 'https://trunk.rdoproject.org/api/promotions'],
  ['https://ci:hunter2@host/path', 'https://***@host/path'],
  ['https://ghp_abc@github.com/x', 'https://***@github.com/x'],
  ['https://a:p@ss@host/path', 'https://***@host/path'],
  ['sftp://uploader@images.example/images', 'sftp://uploader@images.example/images'],
  ['sftp://uploader:hunter2@images.example/images', 'sftp://uploader:***@images.example/images'],
  ['https://h/p@q', 'https://h/p@q'],
  ['https://h/?token=abc&scope=pull', 'https://h/?token=***&scope=pull'],
  ['https://h/?a=1&X-Amz-Signature=f00&X-Amz-Credential=k', 'https://h/?a=1&X-Amz-Signature=***&X-Amz-Credential=***'],
  ['https://h/?sig=f00%3D&se=2026', 'https://h/?sig=***&se=2026'],
  ['https://h/?api_key=1&password=2&access_token=3', 'https://h/?api_key=***&password=***&access_token=***'],
  ['https://h/?AWSAccessKeyId=1&code=2', 'https://h/?AWSAccessKeyId=***&code=***'],
  ['https://h/?commit_hash=1&distro_hash=2&ref_hash=3', 'https://h/?commit_hash=1&distro_hash=2&ref_hash=3'],
  ['not a url?token=abc', 'not a url?token=***'],
];

for (const [url, expected] of table) {
  test(`redacts ${url}`, (t) => {
    t.is(redactUrl(url), expected);
  });
}
