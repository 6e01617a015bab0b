use sqlx::PgConnection;
use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::{Store, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// One step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    pub version: i64,
    pub description: String,
    pub applied: bool,
}

/// The schema could not be changed or looked at.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A step failed, or a step that was applied has been edited since.
    #[error("a migration cannot be applied")]
    Migrate(#[from] MigrateError),
}

impl Store {
    /// Applies all steps that are missing; their versions. Two that do so at once wait for each other.
    pub async fn migrate_up(&self) -> Result<Vec<i64>, MigrationError> {
        let missing = self.migrations().await?;
        MIGRATIONS.run(&mut self.patient().await?).await?;
        let missing = missing.into_iter().filter(|step| !step.applied);
        Ok(missing.map(|step| step.version).collect())
    }

    /// Takes back the newest step; its version, or none if there was none. What it held is gone.
    pub async fn migrate_down(&self) -> Result<Option<i64>, MigrationError> {
        let states = self.migrations().await?;
        let applied: Vec<i64> = states
            .iter()
            .filter(|step| step.applied)
            .map(|step| step.version)
            .collect();
        let Some((&newest, older)) = applied.split_last() else {
            return Ok(None);
        };
        let target = older.last().copied().unwrap_or(0);
        MIGRATIONS.undo(&mut self.patient().await?, target).await?;
        Ok(Some(newest))
    }

    /// A connection outside the pool on which a statement may take as long as it takes: large tables change slowly.
    async fn patient(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.connection().await?.detach();
        sqlx::query!("SET statement_timeout = 0")
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    /// All steps that this program knows, oldest first.
    pub async fn migrations(&self) -> Result<Vec<MigrationState>, MigrationError> {
        let mut connection = self.connection().await?;
        connection
            .ensure_migrations_table(&MIGRATIONS.table_name)
            .await?;
        let applied = connection
            .list_applied_migrations(&MIGRATIONS.table_name)
            .await?;
        let up = MIGRATIONS
            .iter()
            .filter(|migration| migration.migration_type.is_up_migration());
        Ok(up
            .map(|migration| MigrationState {
                version: migration.version,
                description: migration.description.to_string(),
                applied: applied.iter().any(|done| done.version == migration.version),
            })
            .collect())
    }
}
