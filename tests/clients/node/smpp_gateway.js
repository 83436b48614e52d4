'use strict';
// An SMPP gateway of another make, for test_ccc_smpp.py: takes what is submitted, says so as a line of JSON, and sends
// receipts. What happens to a message is said by the number's last digit:
//   1 delivered, 2 never answered, 3 undeliverable, 4 answered late, 5 refused, 6 busy at first.
// Usage: node smpp_gateway.js PASSWORD LATE_MS

const smpp = require('smpp');

const [password, lateMs] = [process.argv[2], Number(process.argv[3])];
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let taken = 0;
const busyOnce = new Set();

function receipt(session, pdu, id, state) {
  session.deliver_sm({
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611270900 done date:2611270901 stat:${state} err:000 text:`,
  });
}

function accept(session, pdu, state) {
  taken += 1;
  const id = `gw-${taken}`;
  session.send(pdu.response({ message_id: id }));
  setTimeout(() => receipt(session, pdu, id, state), 100);
}

function submitted(session, pdu) {
  const header = pdu.short_message.udh ? Buffer.concat(pdu.short_message.udh.map(Buffer.from)).toString('hex') : '';
  say({
    event: 'submitted',
    number: pdu.destination_addr,
    text: pdu.short_message.message,
    coding: pdu.data_coding,
    header,
    wants_receipt: pdu.registered_delivery,
  });
  switch (pdu.destination_addr.slice(-1)) {
    case '2':
      return;
    case '3':
      return accept(session, pdu, 'UNDELIV');
    case '4':
      setTimeout(() => accept(session, pdu, 'DELIVRD'), lateMs);
      return;
    case '5':
      session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      return;
    case '6':
      if (!busyOnce.has(pdu.destination_addr)) {
        busyOnce.add(pdu.destination_addr);
        session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
        return;
      }
      return accept(session, pdu, 'DELIVRD');
    default:
      return accept(session, pdu, 'DELIVRD');
  }
}

const server = smpp.createServer((session) => {
  session.on('bind_transceiver', (pdu) => {
    const good = pdu.system_id === 'cairn' && pdu.password === password;
    say({ event: 'bind', system_id: pdu.system_id, version: pdu.interface_version, good });
    session.send(pdu.response(good ? {} : { command_status: smpp.ESME_RINVPASWD }));
    if (!good) session.close();
  });
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('deliver_sm_resp', (pdu) => say({ event: 'confirmed', status: pdu.command_status }));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('error', (error) => say({ event: 'error', cause: String(error) }));
});
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
