'use strict';
// The official Node clients behind one interface. Nothing of a client is changed but, where a case asks for it, its
// clock or its nonce.

const PopCore = require('@alicloud/pop-core');
const TeaClient = require('@alicloud/openapi-client');

// The client has copies of its own of the two packages that hold its clock and its nonce.
const ofTeaClient = (name) => require(require.resolve(name, { paths: [require.resolve('@alicloud/openapi-client')] }));
const TeaUtil = ofTeaClient('@alicloud/tea-util');
const OpenApiUtil = ofTeaClient('@alicloud/openapi-util').default;

const CCC = '2017-07-05';
const TRAIL = '2020-07-06';
const REGION = 'cn-shanghai';

function popCaller(name, method) {
  return {
    name,
    version: CCC,
    async call(address, credential, version, action, parameters, tricks = {}) {
      const client = new PopCore.RPCClient({ endpoint: `http://${address}`, apiVersion: version, ...credential }, true);
      const overrides = {};
      if (tricks.timestamp) overrides.Timestamp = tricks.timestamp;
      if (tricks.nonce) overrides.SignatureNonce = tricks.nonce;
      try {
        const [body, entry] = await client.request(action, { ...parameters, ...overrides }, { method });
        return { code: 'OK', status: entry.response.statusCode, requestId: body.RequestId, body };
      } catch (error) {
        if (!error.data) throw error;
        const status = error.entry.response.statusCode;
        return { code: error.data.Code, status, requestId: error.data.RequestId, body: error.data };
      }
    },
  };
}

function teaCaller(name, version, placement, options = {}) {
  return {
    name,
    version,
    async call(address, credential, calledVersion, action, parameters, tricks = {}) {
      const config = new TeaClient.Config({ endpoint: address, protocol: 'HTTP', regionId: REGION, ...credential, ...options });
      const client = new TeaClient.default(config);
      const params = new TeaClient.Params({
        action,
        version: calledVersion,
        protocol: 'HTTPS',
        pathname: '/',
        method: 'POST',
        authType: 'AK',
        style: 'RPC',
        reqBodyType: 'formData',
        bodyType: 'json',
      });
      const request = new TeaClient.OpenApiRequest({ [placement]: parameters });
      return withTricks(tricks, async () => {
        try {
          const answer = await client.callApi(params, request, new TeaUtil.RuntimeOptions({}));
          return { code: 'OK', status: answer.statusCode, requestId: answer.body.RequestId, body: answer.body };
        } catch (error) {
          if (!error.data) throw error;
          const { data } = error;
          return { code: error.code, status: data.statusCode, requestId: data.RequestId, body: data, detail: error.accessDeniedDetail };
        }
      });
    },
  };
}

async function withTricks({ timestamp, nonce }, work) {
  const util = TeaUtil.default;
  const [realTimestamp, realNonce] = [OpenApiUtil.getTimestamp, util.getNonce];
  if (timestamp) OpenApiUtil.getTimestamp = () => timestamp;
  if (nonce) util.getNonce = () => nonce;
  try {
    return await work();
  } finally {
    OpenApiUtil.getTimestamp = realTimestamp;
    util.getNonce = realNonce;
  }
}

const CALLERS = [
  popCaller('pop-js GET', 'GET'),
  popCaller('pop-js POST', 'POST'),
  { ...popCaller('pop-js POST LookupEvents', 'POST'), version: TRAIL },
  teaCaller('tea-js V3 form', CCC, 'body'),
  teaCaller('tea-js V3 query', TRAIL, 'query'),
  teaCaller('tea-js V1 form', CCC, 'body', { signatureAlgorithm: 'v2' }),
  teaCaller('tea-js V1 query', TRAIL, 'query', { signatureAlgorithm: 'v2' }),
];

module.exports = { CALLERS, CCC, TRAIL };
