"""Microsoft's emulator of Azure Blob Storage, a package of npm, with Microsoft's own client; it checks signatures.

It can be away and come back with its blobs.
"""

import base64
import os
import queue
import re
import secrets
import subprocess
import threading
from pathlib import Path

from azure.storage.blob import ContainerClient
from cairn_server import REPOSITORY

PACKAGES = os.environ.get("NODE_PATH", REPOSITORY / "target" / "clients" / "node" / "node_modules")
PROGRAM = Path(PACKAGES) / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT, START_TIMEOUT_S, STOP_TIMEOUT_S = "archive", 120, 30


class AzureService:
    def __init__(self, container, folder):
        self.folder, self.port, self.process = folder, 0, None
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        self.key_file = folder / "azure-key"
        self.key_file.write_text(self.secret + "\n")
        self.come_back()
        credential = {"account_name": ACCOUNT, "account_key": self.secret}
        self.client = ContainerClient(self.endpoint, container, credential=credential)
        self.client.create_container()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def come_back(self):
        command = ["node", str(PROGRAM), "--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--silent"]
        command += ["--location", str(self.folder / "azure"), "--disableTelemetry", "--skipApiVersionCheck"]
        environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.secret}"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True)
        lines = queue.Queue()

        def drain(stream):
            for line in stream:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=drain, args=(self.process.stdout,), daemon=True).start()
        said = ""
        while not (found := re.search(r"successfully listens on http://127\.0\.0\.1:(\d+)", said)):
            line = lines.get(timeout=START_TIMEOUT_S)
            assert line is not None, said
            said += line
        self.port = int(found[1])

    def leave(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def config(self, section, prefix, _folder):
        return f"""
[{section}]
url = "az://{self.client.container_name}/{prefix}"
[{section}.azure]
endpoint = "{self.endpoint}"
account = "{ACCOUNT}"
access_key_file = "{self.key_file}"
"""

    def everything(self):
        return {blob.name: blob.size for blob in self.client.list_blobs()}

    def lay(self, name, content):
        self.client.upload_blob(name, content)

    def unfinished(self):
        """Blocks that no blob has are Azure's to remove, after a week: nobody can."""
        return []
