-- A JSON array of display names of those who comment under an article.
ALTER TABLE articles ADD COLUMN commenters TEXT NOT NULL DEFAULT '[]';
