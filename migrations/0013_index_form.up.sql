-- By which rules the index was made; a process with newer ones makes it anew (`search::require_form`).
ALTER TABLE search_state ADD COLUMN form smallint NOT NULL DEFAULT 1;
