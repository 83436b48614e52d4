'use strict';
// People and keys that the tests call as, made through the server's own RAM and STS operations.

const assert = require('node:assert/strict');
const { randomBytes } = require('node:crypto');
const PopCore = require('@alicloud/pop-core');
const { CCC, TRAIL } = require('./callers');

const RAM = '2015-05-01';
const STS = '2015-04-01';
const PRODUCT_POLICIES = ['AliyunCCCFullAccess', 'AliyunActionTrailFullAccess'];

const unique = (word) => `${word}-${randomBytes(5).toString('hex')}`;

class World {
  constructor(server) {
    this.server = server;
  }

  async ask(version, action, parameters, credential = this.server.root) {
    const client = new PopCore.RPCClient({ endpoint: `http://${this.server.address}`, apiVersion: version, ...credential });
    return client.request(action, parameters, { method: 'POST' });
  }

  async build() {
    this.allowed = await this.person();
    this.denied = await this.person([]);
    this.disabled = await this.person();
    const { name, accessKeyId } = this.disabled;
    await this.ask(RAM, 'UpdateAccessKey', { UserName: name, UserAccessKeyId: accessKeyId, Status: 'Inactive' });
    await this.letAssume(this.allowed);
    const role = await this.role();
    this.session = await this.assume(this.allowed, role);
    this.otherSession = await this.assume(this.allowed, role);
    this.instance = await this.makeInstance(keysOf(this.allowed));
    this.sessionInstance = await this.makeInstance(keysOf(this.session));
    return this;
  }

  async person(policies = PRODUCT_POLICIES) {
    const name = unique('user');
    await this.ask(RAM, 'CreateUser', { UserName: name });
    const { AccessKey } = await this.ask(RAM, 'CreateAccessKey', { UserName: name });
    for (const policy of policies) {
      await this.ask(RAM, 'AttachPolicyToUser', { PolicyType: 'System', PolicyName: policy, UserName: name });
    }
    return { name, accessKeyId: AccessKey.AccessKeyId, accessKeySecret: AccessKey.AccessKeySecret };
  }

  async letAssume({ name }) {
    const policy = unique('policy');
    const document = { Version: '1', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] };
    await this.ask(RAM, 'CreatePolicy', { PolicyName: policy, PolicyDocument: JSON.stringify(document) });
    await this.ask(RAM, 'AttachPolicyToUser', { PolicyType: 'Custom', PolicyName: policy, UserName: name });
  }

  async role(policies = PRODUCT_POLICIES) {
    const name = unique('role');
    const principal = { RAM: [`acs:ram::${this.server.account}:root`] };
    const trust = { Version: '1', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }] };
    await this.ask(RAM, 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
    for (const policy of policies) {
      await this.ask(RAM, 'AttachPolicyToRole', { PolicyType: 'System', PolicyName: policy, RoleName: name });
    }
    return name;
  }

  async assume(person, role) {
    const name = unique('session');
    const parameters = { RoleArn: `acs:ram::${this.server.account}:role/${role}`, RoleSessionName: name };
    const { Credentials } = await this.ask(STS, 'AssumeRole', parameters, keysOf(person));
    const { AccessKeyId, AccessKeySecret, SecurityToken } = Credentials;
    return { name: `${role}:${name}`, accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, securityToken: SecurityToken };
  }

  async makeInstance(credential) {
    const name = unique('acc');
    const parameters = { Name: name, DomainName: name, StorageMaxDays: 30, StorageMaxSize: 10 };
    return (await this.ask(CCC, 'CreateInstance', parameters, credential)).Instance.InstanceId;
  }

  async events(requestId) {
    const parameters = { 'LookupAttribute.1.Key': 'EventId', 'LookupAttribute.1.Value': requestId };
    return (await this.ask(TRAIL, 'LookupEvents', parameters)).Events;
  }

  async event(requestId) {
    const events = await this.events(requestId);
    assert.equal(events.length, 1, `${events.length} events have the id ${requestId}`);
    return events[0];
  }
}

function keysOf({ accessKeyId, accessKeySecret, securityToken }) {
  return securityToken ? { accessKeyId, accessKeySecret, securityToken } : { accessKeyId, accessKeySecret };
}

module.exports = { World, keysOf, unique };
