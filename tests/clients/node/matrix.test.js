'use strict';
// Every official Node client, every way a call can go, every awkward text.

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { setTimeout } = require('node:timers/promises');
const { CALLERS, CCC, TRAIL } = require('./callers');
const { Server } = require('./server');
const { World, keysOf, unique } = require('./world');

const VALUES = ['a b*', 'c&d~é', "'()!", '+/=', '', '审计'];
const FAR_MS = 20 * 60 * 1000;

let server;
let world;
let throttled;

before(async () => {
  server = await new Server().start();
  throttled = await new Server('throttling = "vendor"\n').start();
  world = await new World(server).build();
});

after(async () => {
  // A failed start must not hide behind a failed stop.
  for (const one of [server, throttled]) if (one) await one.stop();
});

/** An operation with free text in it, and the parameter that has it. */
function carrier(caller) {
  if (caller.version === CCC) {
    return {
      action: 'CreateSkillGroup',
      parameter: 'Description',
      missing: ['MissingName', 'MissingParameter'],
      parameters: (value, instance) => ({ InstanceId: instance, Name: unique('group'), Description: value }),
      incomplete: (instance) => ({ InstanceId: instance }),
    };
  }
  return {
    action: 'LookupEvents',
    parameter: 'LookupAttribute.1.Value',
    missing: ['LookupEventsParameterError'],
    parameters: (value) => ({ 'LookupAttribute.1.Key': 'ResourceName', 'LookupAttribute.1.Value': value }),
    incomplete: () => ({ 'LookupAttribute.1.Key': 'ServiceName' }),
  };
}

function assertAnswer(outcome, code, status) {
  assert.deepEqual([outcome.code, outcome.status], [code, status], JSON.stringify(outcome));
  assert.match(outcome.requestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
}

async function assertRecorded(caller, outcome, errorCode = '') {
  const event = await world.event(outcome.requestId);
  assert.equal(event.apiVersion, caller.version);
  assert.equal(event.serviceName, caller.version === CCC ? 'CloudCallCenter' : 'Actiontrail');
  assert.equal(event.errorCode ?? '', errorCode);
  assert.equal(event.sourceIpAddress, '127.0.0.1');
  assert.ok(event.userAgent.length > 0);
  return event;
}

async function assertRejected(outcome, code, status) {
  assertAnswer(outcome, code, status);
  assert.deepEqual(await world.events(outcome.requestId), [], 'a call without identity is in no audit');
}

for (const caller of CALLERS) {
  const { action, parameter, missing, parameters, incomplete } = carrier(caller);
  const carry = (person, value, instance, tricks) =>
    caller.call(server.address, keysOf(person), caller.version, action, parameters(value, instance), tricks);

  describe(caller.name, () => {
    for (const value of VALUES) {
      test(`value ${value || '(empty)'} arrives as sent`, async () => {
        const outcome = await carry(world.allowed, value, world.instance);
        const refused = value === '' && caller.version === TRAIL;
        assertAnswer(outcome, refused ? 'LookupEventsParameterError' : 'OK', refused ? 400 : 200);
        const event = await assertRecorded(caller, outcome, refused ? outcome.code : '');
        assert.equal(event.requestParameters[parameter], value);
        assert.equal(event.userIdentity.userName, world.allowed.name);
        assert.equal(event.userIdentity.accessKeyId, world.allowed.accessKeyId);
      });
    }

    test('missing parameter', async () => {
      const keys = keysOf(world.allowed);
      const outcome = await caller.call(server.address, keys, caller.version, action, incomplete(world.instance));
      assert.equal(outcome.status, 400);
      assert.ok(missing.includes(outcome.code), outcome.code);
      await assertRecorded(caller, outcome, outcome.code);
    });

    test('wrong secret', async () => {
      const outcome = await carry({ ...world.allowed, accessKeySecret: 'wrong' }, 'x', world.instance);
      await assertRejected(outcome, 'SignatureDoesNotMatch', 400);
    });

    test('unknown key', async () => {
      const outcome = await carry({ ...world.allowed, accessKeyId: 'LTAI5tNobodyHasThisKey0' }, 'x', world.instance);
      await assertRejected(outcome, 'InvalidAccessKeyId.NotFound', 404);
    });

    test('disabled key', async () => {
      await assertRejected(await carry(world.disabled, 'x', world.instance), 'InvalidAccessKeyId.Inactive', 403);
    });

    for (const offset of [-FAR_MS, FAR_MS]) {
      test(`clock ${offset < 0 ? 'slow' : 'fast'}`, async () => {
        const timestamp = `${new Date(Date.now() + offset).toISOString().slice(0, 19)}Z`;
        const outcome = await carry(world.allowed, 'x', world.instance, { timestamp });
        await assertRejected(outcome, 'InvalidTimeStamp.Expired', 400);
      });
    }

    test('repeated nonce', async () => {
      const nonce = unique('nonce');
      assertAnswer(await carry(world.allowed, 'x', world.instance, { nonce }), 'OK', 200);
      await assertRejected(await carry(world.allowed, 'x', world.instance, { nonce }), 'SignatureNonceUsed', 400);
    });

    test('temporary key', async () => {
      const outcome = await carry(world.session, 'x', world.sessionInstance);
      assertAnswer(outcome, 'OK', 200);
      const { userIdentity } = await assertRecorded(caller, outcome);
      assert.deepEqual([userIdentity.type, userIdentity.userName], ['assumed-role', world.session.name]);
    });

    test('token of another session', async () => {
      const mixed = { ...world.session, securityToken: world.otherSession.securityToken };
      const outcome = await carry(mixed, 'x', world.sessionInstance);
      await assertRejected(outcome, 'InvalidSecurityToken.MismatchWithAccessKey', 400);
    });

    test('denied', async () => {
      const outcome = await carry(world.denied, '審', world.instance);
      assertAnswer(outcome, 'NoPermission', 403);
      const event = await assertRecorded(caller, outcome, 'NoPermission');
      assert.equal(event.requestParameters[parameter], '審');
      const detail = outcome.detail ?? outcome.body.AccessDeniedDetail;
      assert.equal(detail.NoPermissionType, 'ImplicitDeny');
    });

    test('unknown action', async () => {
      const outcome = await caller.call(server.address, keysOf(world.allowed), caller.version, 'NoSuchOperation', {});
      assertAnswer(outcome, 'InvalidApi.NotFound', 404);
      assert.equal((await assertRecorded(caller, outcome, outcome.code)).eventName, 'NoSuchOperation');
    });

    test('unknown version', async () => {
      const outcome = await caller.call(server.address, keysOf(world.allowed), '1999-12-31', 'ListConfig', {});
      assertAnswer(outcome, 'InvalidVersion', 400);
      assert.equal((await world.event(outcome.requestId)).apiVersion, '1999-12-31');
    });

    test('throttled', async () => {
      const ask = () => caller.call(throttled.address, throttled.root, TRAIL, 'LookupEvents', { MaxResults: '1' });
      // The client before this one used up its share.
      await setTimeout(1500);
      const outcomes = await Promise.all(Array.from({ length: 40 }, ask));
      const refused = outcomes.filter((outcome) => outcome.code !== 'OK');
      assert.ok(refused.length > 0, "40 calls at once were within the cloud's limit");
      assert.ok(refused.length < outcomes.length, 'none was served');
      for (const outcome of refused) assertAnswer(outcome, 'Throttling.User', 429);
    });
  });
}
