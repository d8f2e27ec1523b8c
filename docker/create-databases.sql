-- webdb is made by the image itself.
CREATE DATABASE dtp;
