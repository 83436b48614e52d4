'use strict';
// The log service with the official `@alicloud/log`: it signs with version 1, makes projects at the bare endpoint, asks for
// logs by GET and sends what it leaves out as empty parameters.

const assert = require('node:assert/strict');
const dns = require('node:dns');
const { after, before, describe, test } = require('node:test');
const Client = require('@alicloud/log');
const { Server } = require('./server');
const { unique } = require('./world');

const ENDPOINT = 'logs.test';

// What a wildcard record in the DNS does.
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host === ENDPOINT || host.endsWith(`.${ENDPOINT}`) ? '127.0.0.1' : host, ...rest);

let server;
let client;

before(async () => {
  server = await new Server(`[logstore]\nendpoints = ["${ENDPOINT}"]\n`).start();
  const port = server.address.split(':').pop();
  client = new Client({ endpoint: `http://${ENDPOINT}:${port}`, ...server.root });
});

after(async () => {
  if (server) await server.stop();
});

async function fails(code, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, `${error.stack}`);
    return true;
  });
}

describe('logstores', () => {
  test('are made, listed, changed and deleted', async () => {
    const project = unique('project');
    await fails('ProjectNotExist', client.getProject(project));
    await client.createProject(project, { description: '审计' });
    await fails('ProjectAlreadyExist', client.createProject(project, { description: '' }));
    assert.equal((await client.getProject(project)).description, '审计');
    await client.createLogStore(project, 'demo', { ttl: 7, shardCount: 2 });
    await fails('LogStoreAlreadyExist', client.createLogStore(project, 'demo', { ttl: 7, shardCount: 2 }));
    assert.deepEqual(await client.listLogStore(project), { count: 1, total: 1, logstores: ['demo'] });
    await client.updateLogStore(project, 'demo', { ttl: 9, shardCount: 2 });
    const found = await client.getLogStore(project, 'demo');
    assert.deepEqual([found.ttl, found.shardCount], [9, 2]);
    await client.createIndex(project, 'demo', { line: { token: [' ', '='] } });
    assert.deepEqual((await client.getIndexConfig(project, 'demo')).line.token, [' ', '=']);
    await client.updateIndex(project, 'demo', { line: { token: [','], caseSensitive: true } });
    assert.equal((await client.getIndexConfig(project, 'demo')).line.caseSensitive, true);
    await client.deleteIndex(project, 'demo');
    await fails('IndexConfigNotExist', client.getIndexConfig(project, 'demo'));
    await client.deleteLogStore(project, 'demo');
    await fails('LogStoreNotExist', client.getLogStore(project, 'demo'));
    await client.deleteProject(project);
    await fails('ProjectNotExist', client.getProject(project));
  });

  test('give back what was put', async () => {
    const project = unique('project');
    await client.createProject(project, { description: '' });
    await client.createLogStore(project, 'demo', { ttl: 7, shardCount: 1 });
    await client.createIndex(project, 'demo', { line: { token: [' '] } });
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    const second = now.getTime() / 1000;
    const logs = Array.from({ length: 5 }, (_, n) => ({ timestamp: second - n, content: { n: String(n), text: '日志 "q"' } }));
    await client.postLogStoreLogs(project, 'demo', { logs, tags: [{ host: 'a' }], topic: 'top', source: 'src' });
    const [from, to] = [new Date(now.getTime() - 60_000), new Date(now.getTime() + 60_000)];
    const found = await client.getLogs(project, 'demo', from, to, { query: '*', line: 3, reverse: true });
    assert.deepEqual(found.map((log) => log.n), ['0', '1', '2']);
    assert.deepEqual(
      { ...found[0] },
      { __time__: String(second), __source__: 'src', __topic__: 'top', '__tag__:host': 'a', n: '0', text: '日志 "q"' },
    );
    assert.equal((await client.getLogs(project, 'demo', from, to)).length, 5);
    const bars = await client.getHistograms(project, 'demo', from, to, { query: '*' });
    assert.equal(bars.reduce((sum, bar) => sum + bar.count, 0), 5);
    assert.ok(bars.every((bar) => bar.progress === 'Complete'));
    const wrong = new Client({ ...client, accessKeyId: server.root.accessKeyId, accessKeySecret: 'wrong' });
    await fails('SignatureNotMatch', wrong.getLogStore(project, 'demo'));
  });
});

describe('web tracking', () => {
  // What the official tracker needs of a browser.
  const sent = [];
  global.window = { addEventListener: () => {} };
  Object.defineProperty(global, 'navigator', {
    value: { sendBeacon: (url, body) => Boolean(sent.push(fetch(url, { method: 'POST', body }))) },
    configurable: true,
  });
  const Tracker = require('@aliyun-sls/web-track-browser').default ?? require('@aliyun-sls/web-track-browser');

  async function track(project, options, ...logs) {
    const port = server.address.split(':').pop();
    const host = `http://${project}.${ENDPOINT}:${port}`;
    const tracker = new Tracker({ host, project, logstore: 'demo', time: 60, count: 100, ...options });
    tracker.sendBatchLogsImmediate(logs);
    return Promise.all(sent.splice(0));
  }

  test('a page writes without a key where the logstore lets it', async () => {
    const project = unique('project');
    await client.createProject(project, { description: '' });
    await client.createLogStore(project, 'demo', { ttl: 7, shardCount: 1 });
    await client.createIndex(project, 'demo', { line: { token: [' '] } });
    const [refused] = await track(project, {}, { page: 'a' });
    assert.deepEqual([refused.status, (await refused.json()).errorCode], [401, 'Unauthorized']);
    // The client's own call sends no such flag.
    const changed = Buffer.from(JSON.stringify({ logstoreName: 'demo', ttl: 7, enable_tracking: true }));
    await client._request('PUT', project, '/logstores/demo', {}, changed, {});
    const [taken] = await track(project, { topic: 'web', source: 'page', tags: { site: 'x' } }, { page: '审计', n: 5, o: { a: 1 } });
    assert.deepEqual([taken.status, taken.headers.get('access-control-allow-origin')], [200, '*']);
    const [from, to] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    const found = await client.getLogs(project, 'demo', from, to, { query: 'page' });
    assert.equal(found.length, 1);
    const { __time__: time, ...log } = found[0];
    assert.deepEqual(log, { __source__: 'page', __topic__: 'web', '__tag__:site': 'x', page: '审计', n: '5', o: '{"a":1}' });
    assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60);
  });
});
