'use strict';
// Starts the built server on a folder of its own and a free port; ended by its own process id.

const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const BINARY = process.env.CAIRN_BIN || path.resolve(__dirname, '../../../target/debug/cairn');
const READY = 'listening on http://';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

function cleanEnvironment() {
  // Nothing of the developer's own settings may leak into a test.
  const foreign = /^(CAIRN_|ALIBABA_CLOUD_)|_proxy$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

class Server {
  constructor(config = '') {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-node-'));
    this.account = '1059804828509';
    this.root = { accessKeyId: `LTAI5t${randomBytes(9).toString('hex')}`, accessKeySecret: randomBytes(15).toString('hex') };
    this.config = config;
  }

  async start() {
    const command = ['serve', '--data', path.join(this.folder, 'data'), '--listen', '127.0.0.1:0'];
    if (this.config) {
      const file = path.join(this.folder, 'cairn.toml');
      fs.writeFileSync(file, this.config);
      command.push('--config', file);
    }
    this.process = spawn(BINARY, command, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...cleanEnvironment(),
        CAIRN_ACCOUNT_ID: this.account,
        CAIRN_ROOT_ACCESS_KEY_ID: this.root.accessKeyId,
        CAIRN_ROOT_ACCESS_KEY_SECRET: this.root.accessKeySecret,
      },
    });
    this.log = '';
    this.process.stderr.on('data', (data) => (this.log += data));
    this.ended = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(code ?? signal)));
    this.address = await this.ready();
    return this;
  }

  ready() {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${why}; log:\n${this.log}`));
      const timer = setTimeout(() => {
        this.process.kill('SIGKILL');
        fail('server was not ready in time');
      }, START_TIMEOUT_MS);
      this.process.on('error', (error) => fail(`${BINARY} cannot be started (${error.message})`));
      this.ended.then((code) => fail(`server ended with ${code} before it was ready`));
      readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
        if (!line.startsWith(READY)) return;
        clearTimeout(timer);
        resolve(line.slice(READY.length).trim());
      });
    });
  }

  async stop() {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const code = await this.ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`server ended with ${code} on SIGTERM; log:\n${this.log}`);
    fs.rmSync(this.folder, { recursive: true });
  }
}

module.exports = { Server };
