use crate::{Store, StoreError};

impl Store {
    /// Writes down the domain that this instance is known by: the home of its users and guilds.
    pub async fn name_instance(&self, domain: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE instances SET domain = $1 WHERE id = 0 AND domain <> $1",
            domain,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
