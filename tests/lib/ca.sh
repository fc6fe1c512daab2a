# tests/lib/ca.sh -- certificates of our own making, to be sourced.
#
#   ca_make DIR              DIR/ca.pem, DIR/ca.key: an authority
#   ca_issue DIR NAME SAN [SUBJECT]   DIR/NAME.pem, DIR/NAME.key, valid today
#   ca_issue_expired DIR NAME SAN     the same, but its day has passed
#
# SAN as openssl writes it: "DNS:localhost,IP:127.0.0.1".

ca_make() {
	mkdir -p "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 3650 -subj "/CN=Causeway test authority ${1##*/}" \
		-keyout "$1/ca.key" -out "$1/ca.pem" \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

_ca_request() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "${4:-/CN=$2}" -keyout "$1/$2.key" -out "$1/$2.req" 2>/dev/null
	printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" >"$1/$2.ext"
	chmod 600 "$1/$2.key"
}

ca_issue() {
	_ca_request "$@" &&
		openssl x509 -req -in "$1/$2.req" -CA "$1/ca.pem" -CAkey "$1/ca.key" \
			-set_serial "0x$(openssl rand -hex 8)" -days 3650 \
			-extfile "$1/$2.ext" -out "$1/$2.pem" 2>/dev/null
}

# "openssl x509" has no dates of its own choosing; "openssl ca" has.
ca_issue_expired() {
	local d
	_ca_request "$@" || return 1
	d=$(mktemp -d "$1/db.XXXXXX")
	: >"$d/index.txt"
	echo 01 >"$d/serial"
	cat >"$d/ca.conf" <<-CONF
		[ca]
		default_ca = it
		[it]
		database = $d/index.txt
		serial = $d/serial
		new_certs_dir = $d
		default_md = sha256
		policy = any
		unique_subject = no
		[any]
		commonName = supplied
	CONF
	openssl ca -batch -config "$d/ca.conf" -cert "$1/ca.pem" -keyfile "$1/ca.key" \
		-in "$1/$2.req" -out "$1/$2.pem" -extfile "$1/$2.ext" -notext \
		-startdate 20200101000000Z -enddate 20200201000000Z 2>/dev/null
}
