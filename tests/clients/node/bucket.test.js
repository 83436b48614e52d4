'use strict';
// Buckets with the official `ali-oss`, in both versions of its signature, with and without `sldEnable`: without it the
// client names the bucket in a host that it makes up.

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const OSS = require('ali-oss');
const { Server } = require('./server');
const { World, keysOf, unique } = require('./world');

const KEYS = ['a/b c+d.txt', '审计/日志 1.log', "q'()*!~x", 'plus+per%25.txt', 'dir//x', '.hid&=?x'];

let server;
let world;

before(async () => {
  server = await new Server().start();
  world = new World(server);
});

after(async () => {
  if (server) await server.stop();
});

function clientOf(options, bucket, credential = server.root) {
  const { accessKeyId, accessKeySecret, securityToken } = credential;
  return new OSS({
    endpoint: `http://${server.address}`,
    region: 'oss-cn-hangzhou',
    accessKeyId,
    accessKeySecret,
    stsToken: securityToken,
    bucket,
    retryMax: 0,
    ...options,
  });
}

async function fails(code, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.stack);
    return true;
  });
}

for (const authorizationV4 of [false, true]) {
  for (const sldEnable of [false, true]) {
    const options = { authorizationV4, sldEnable };
    describe(`ali-oss, V${authorizationV4 ? 4 : 1}, sldEnable ${sldEnable}`, () => {
      let bucket;
      let client;

      before(async () => {
        bucket = unique('alioss');
        client = clientOf(options, bucket);
        await client.putBucket(bucket);
      });

      test('buckets', async () => {
        const { bucket: info } = await client.getBucketInfo(bucket);
        assert.deepEqual([info.Name, info.Owner.ID, info.StorageClass], [bucket, server.account, 'Standard']);
        const { buckets } = await client.listBuckets();
        assert.ok(buckets.some((one) => one.name === bucket));
        assert.equal((await client.getBucketACL(bucket)).acl, 'private');
        assert.equal((await client.getBucketLocation(bucket)).location, info.Location);
        const other = unique('alioss');
        await client.putBucket(other);
        await client.deleteBucket(other);
        await fails('NoSuchBucket', client.getBucketInfo(other));
      });

      for (const key of KEYS) {
        test(`the key ${key}`, async () => {
          const content = Buffer.from(`内容 of ${key}`);
          await client.put(key, content, { meta: { owner: 'seg' } });
          assert.deepEqual((await client.get(key)).content, content);
          const head = await client.head(key);
          assert.equal(head.meta.owner, 'seg');
          assert.equal(head.res.headers['content-length'], String(content.length));
          assert.deepEqual((await client.list()).objects.map((one) => one.name), [key]);
          assert.deepEqual((await client.listV2()).objects.map((one) => one.name), [key]);
          assert.equal((await client.getObjectMeta(key)).res.headers['content-length'], String(content.length));
          await client.copy('copy', key);
          assert.deepEqual((await client.get('copy')).content, content);
          await client.delete('copy');
          await client.delete(key);
          await fails('NoSuchKey', client.get(key));
          await fails('NoSuchKey', client.head(key));
        });

        test(`the key ${key}, appended, uploaded in parts, linked, deleted in a batch`, async () => {
          await client.append(key, Buffer.from('one,'));
          await client.append(key, Buffer.from('two'), { position: '4' });
          assert.equal(String((await client.get(key)).content), 'one,two');
          // Of the two ways to make a link, this client offers an endpoint like this one only the following.
          if (authorizationV4 && sldEnable) {
            const answer = await fetch(await client.signatureUrlV4('GET', 60, undefined, key));
            assert.equal(await answer.text(), 'one,two');
          }
          assert.deepEqual((await client.deleteMulti([key])).deleted.map((one) => one.Key), [key]);
          const content = Buffer.alloc(250_000, 'part');
          await client.multipartUpload(key, content, { partSize: 102_400 });
          assert.deepEqual((await client.get(key)).content, content);
          await client.deleteMulti([key], { quiet: true });
          await fails('NoSuchKey', client.head(key));
        });
      }

      test('ranges, appends, batch deletion', async () => {
        assert.equal((await client.append('log', Buffer.from('one,'))).nextAppendPosition, '4');
        await client.append('log', Buffer.from('two'), { position: '4' });
        assert.equal(String((await client.get('log', { headers: { Range: 'bytes=2-4' } })).content), 'e,t');
        await fails('PositionNotEqualToLength', client.append('log', Buffer.from('x'), { position: '3' }));
        const names = Array.from({ length: 12 }, (_, n) => `d/${n} 审`);
        for (const name of names) await client.put(name, Buffer.from('x'));
        const first = await client.list({ prefix: 'd/', 'max-keys': 5 });
        assert.equal(first.objects.length, 5);
        const next = await client.list({ prefix: 'd/', marker: first.nextMarker, 'max-keys': 1000 });
        assert.equal(first.objects.length + next.objects.length, names.length);
        assert.deepEqual((await client.list({ delimiter: '/' })).prefixes, ['d/']);
        const paged = [];
        let token;
        do {
          const page = await client.listV2({ prefix: 'd/', 'max-keys': '5', 'continuation-token': token });
          paged.push(...page.objects.map((one) => one.name));
          token = page.nextContinuationToken;
        } while (token);
        assert.deepEqual(paged, [...names].sort());
        await client.deleteMulti([...names, 'log']);
        assert.equal(((await client.list()).objects ?? []).length, 0);
      });

      test('uploads in parts', async () => {
        const content = Buffer.alloc(1_200_000, 'part');
        await client.multipartUpload('大/file', content, { partSize: 400_000 });
        assert.deepEqual((await client.get('大/file')).content, content);
        await client.delete('大/file');
      });

      test('an upload that goes on where it was interrupted', async () => {
        const content = Buffer.alloc(500_000, 'part');
        let saved;
        const interrupt = (_, checkpoint) => {
          if (!checkpoint || checkpoint.doneParts.length < 2) return;
          saved = { ...checkpoint, doneParts: [...checkpoint.doneParts] };
          throw new Error('interrupted');
        };
        const options = { partSize: 102_400, parallel: 1 };
        await assert.rejects(client.multipartUpload('resumed', content, { ...options, progress: interrupt }));
        assert.equal(saved.doneParts.length, 2);
        let sent = 0;
        const progress = () => void (sent += 1);
        await client.multipartUpload('resumed', content, { ...options, checkpoint: saved, progress });
        assert.deepEqual((await client.get('resumed')).content, content);
        assert.ok(sent >= 3 && sent <= 4, `three parts were left, ${sent} steps were made`);
        await client.delete('resumed');
      });

      test('sessions', async () => {
        const person = await world.person([]);
        await world.letAssume(person);
        const role = await world.role(['AdministratorAccess']);
        const session = clientOf(options, bucket, await world.assume(person, role));
        await session.put('会话/x', Buffer.from('by a session'));
        assert.equal(String((await session.get('会话/x')).content), 'by a session');
        assert.deepEqual((await session.list()).objects.map((one) => one.name), ['会话/x']);
        await session.delete('会话/x');
      });

      test('retention', async () => {
        const kept = unique('alioss');
        await client.putBucket(kept);
        const inside = clientOf(options, kept);
        await inside.put('x', Buffer.from('1'));
        const { wormId } = await client.initiateBucketWorm(kept, '1');
        assert.equal((await client.getBucketWorm(kept)).state, 'InProgress');
        await client.completeBucketWorm(kept, wormId);
        await client.extendBucketWorm(kept, wormId, '2');
        const { state, days } = await client.getBucketWorm(kept);
        assert.deepEqual([state, days], ['Locked', '2']);
        await fails('FileImmutable', inside.put('x', Buffer.from('2')));
        await fails('FileImmutable', inside.delete('x'));
        // This call of the client does not throw what it is answered.
        assert.equal((await client.abortBucketWorm(kept)).status, 403);
        assert.equal(String((await inside.get('x')).content), '1');
      });

      test('clocks that are wrong', async () => {
        for (const ahead_s of [-1000, 1000]) {
          const wrong = clientOf(options, bucket);
          wrong.options.amendTimeSkewed = ahead_s * 1000;
          await fails('RequestTimeTooSkewed', wrong.list());
        }
      });

      test('keys that are none', async () => {
        const person = await world.person([]);
        await fails('AccessDenied', clientOf(options, bucket, person).get('x'));
        await fails('SignatureDoesNotMatch', clientOf(options, bucket, { ...server.root, accessKeySecret: 'wrong' }).list());
        await fails('InvalidAccessKeyId', clientOf(options, bucket, { accessKeyId: 'LTAI5tNobody', accessKeySecret: 'x' }).list());
      });

      test('lifecycle', async () => {
        const rule = { id: 'keep', prefix: 'trail/', status: 'Enabled', expiration: { days: 400 } };
        await client.putBucketLifecycle(bucket, [rule]);
        const { rules } = await client.getBucketLifecycle(bucket);
        assert.deepEqual([rules[0].id, rules[0].prefix, rules[0].expiration.days], ['keep', 'trail/', '400']);
        await client.deleteBucketLifecycle(bucket);
      });
    });
  }
}
