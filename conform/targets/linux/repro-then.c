/* Whether a reply says all that the one of then said; both are flat objects without blanks. */
static bool says_as_then(const char *now, const char *then)
{
	char parts[4096];
	snprintf(parts, sizeof parts, "%s", then);
	for (char *part = strtok(parts, "{,}"); part; part = strtok(NULL, "{,}")) {
		const char *found = strstr(now, part);
		char behind = found ? found[strlen(part)] : 0;
		if (behind != ',' && behind != '}')
			return false;
	}
	return true;
}

