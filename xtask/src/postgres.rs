//! A PostgreSQL server of the system's package, on loopback, a free port and a temporary folder, for one run.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::Error;
use crate::packages::is_root;
use crate::step::Step;

/// A slow disk needs its time; longer than this means that it will not come.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const USER: &str = "cairn";
/// One database for each part of the tests and for the benchmarks, so that they never meet.
const DATABASES: &[&str] = &["rust", "clients", "clients_all", "bench"];

/// A running server; stopped when dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    password: String,
    server: Child,
}

/// Folder of the newest server's programs, if there is one.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder).or_else(on_path)
}

#[expect(clippy::disallowed_methods, reason = "where programs are is not a setting of the product")]
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start() -> Result<Self, Error> {
        let programs = programs().ok_or(Error::Missing { what: "a PostgreSQL server", package: "postgresql" })?;
        let folder = TempDir::with_prefix("cairn-postgres-").map_err(Error::file(std::env::temp_dir()))?;
        let password = random_password()?;
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, &password).map_err(Error::file(&password_file))?;
        hand_over(folder.path())?;
        println!("\n==> PostgreSQL server for the tests\n    {}", programs.display());
        let data = folder.path().join("data");
        Step::new("PostgreSQL cluster", "env")
            .args(as_other_user(&programs.join("initdb")))
            .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"])
            .args([format!("--username={USER}"), format!("--pwfile={}", password_file.display())])
            .args(["-D".as_ref(), data.as_os_str()])
            .output()?;
        let port = free_port()?;
        let server = spawn(&programs, folder.path(), port)?;
        let mut postgres = Self { programs, folder, port, password, server };
        postgres.wait_until_ready()?;
        for database in DATABASES {
            postgres.tool("createdb").args([database]).output()?;
        }
        Ok(postgres)
    }

    /// URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// One of the package's programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    fn tool(&self, name: &str) -> Step {
        Step::new(format!("PostgreSQL {name}"), self.program(name))
            .args(["--host=127.0.0.1".to_owned(), format!("--port={}", self.port), format!("--username={USER}")])
            .env("PGPASSWORD", &self.password)
    }

    #[expect(clippy::disallowed_methods, reason = "xtask has no runtime")]
    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.tool("pg_isready").succeeds() {
            if let Ok(Some(status)) = self.server.try_wait() {
                return Err(Error::Postgres(format!("it ended with {status}: {}", self.log())));
            }
            if Instant::now() > deadline {
                return Err(Error::Postgres(format!("not ready after {START_TIMEOUT:?}: {}", self.log())));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The server's own process, which under another user is not the one that was started here.
    fn server_pid(&self) -> Option<String> {
        let file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).ok()?;
        Some(file.lines().next()?.trim().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT: its fast shutdown, which ends open connections.
        let stopped =
            self.server_pid().is_some_and(|pid| Step::new("stop PostgreSQL", "kill").args(["-INT", &pid]).succeeds());
        if !stopped {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

fn spawn(programs: &Path, folder: &Path, port: u16) -> Result<Child, Error> {
    let log_path = folder.join("log");
    let log = std::fs::File::create(&log_path).map_err(Error::file(&log_path))?;
    let output = log.try_clone().map_err(Error::file(&log_path))?;
    Command::new("env")
        .args(as_other_user(&programs.join("postgres")))
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-F", "-k"])
        .arg(folder)
        .arg("-D")
        .arg(folder.join("data"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(log)
        .spawn()
        .map_err(|cause| Error::Start { step: "PostgreSQL server".to_owned(), program: "postgres".to_owned(), cause })
}

/// PostgreSQL refuses to run as root: then it runs as its own user.
fn as_other_user(program: &Path) -> Vec<std::ffi::OsString> {
    let mut line: Vec<std::ffi::OsString> = Vec::new();
    if is_root() {
        line.extend(["runuser", "-u", other_user(), "--"].map(Into::into));
    }
    line.push(program.into());
    line
}

fn other_user() -> &'static str {
    let has_own = Step::new("user postgres", "id").args(["-u", "postgres"]).succeeds();
    if has_own { "postgres" } else { "nobody" }
}

fn hand_over(folder: &Path) -> Result<(), Error> {
    if !is_root() {
        return Ok(());
    }
    Step::new("folder for PostgreSQL", "chown").args(["-R", other_user()]).args([folder]).output()?;
    Ok(())
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(listener.map_err(|cause| Error::Postgres(format!("no free port: {cause}")))?.port())
}

fn random_password() -> Result<String, Error> {
    use std::io::Read;
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).map_err(Error::file(source))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
