// Command c2sp checks files of nambuoc with other people's libraries alone:
// golang.org/x/mod/sumdb and filippo.io/torchwood.
//
//	c2sp proof LOG_VKEY FILE.tlog-proof [WITNESS_VKEY]
//	c2sp growth LOG_VKEY OLD_CHECKPOINT REQUEST
//	c2sp export LOG_VKEY DIRECTORY
//
// It prints the size and the root of the checkpoint it has verified.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	checks := map[string]func(note.Verifier, []string) (torchwood.Checkpoint, error){
		"proof": proof, "growth": growth, "export": export,
	}
	check := checks[os.Args[1]]
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail(err)
	}
	found, err := check(verifier, os.Args[3:])
	if err != nil {
		fail(err)
	}
	fmt.Printf("%d %x\n", found.N, found.Hash[:])
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// proof checks a tlog-proof twice: with torchwood, and with sumdb by hand.
func proof(verifier note.Verifier, args []string) (found torchwood.Checkpoint, err error) {
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return found, err
	}
	body, err := torchwood.ProofExtraData(raw)
	if err != nil {
		return found, err
	}
	policy := policyOf(verifier)
	if len(args) > 1 {
		witness, err := torchwood.NewCosignatureVerifier(args[1])
		if err != nil {
			return found, err
		}
		policy = torchwood.ThresholdPolicy(2, policy, torchwood.SingleVerifierPolicy(witness))
	}
	leaf := leafOf(body)
	if err := torchwood.VerifyProof(policy, leaf, raw); err != nil {
		return found, err
	}
	own, signed, _ := bytes.Cut(raw, []byte("\n\n"))
	lines := strings.Split(string(own), "\n")
	var index int64
	if _, err := fmt.Sscanf(lines[2], "index %d", &index); err != nil {
		return found, err
	}
	found, err = open(verifier, signed)
	if err != nil {
		return found, err
	}
	hashes, err := hashesOf(lines[3:])
	if err != nil {
		return found, err
	}
	return found, tlog.CheckRecord(hashes, found.N, found.Hash, index, leaf)
}

// growth checks what a witness is asked with against an older checkpoint.
func growth(verifier note.Verifier, args []string) (found torchwood.Checkpoint, err error) {
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return found, err
	}
	old, err := open(verifier, raw)
	if err != nil {
		return found, err
	}
	if raw, err = os.ReadFile(args[1]); err != nil {
		return found, err
	}
	own, signed, _ := bytes.Cut(raw, []byte("\n\n"))
	lines := strings.Split(string(own), "\n")
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		return found, fmt.Errorf("%q is not from %d", lines[0], old.N)
	}
	if found, err = open(verifier, signed); err != nil {
		return found, err
	}
	hashes, err := hashesOf(lines[1:])
	if err != nil {
		return found, err
	}
	return found, tlog.CheckTree(tlog.TreeProof(hashes), found.N, found.Hash, old.N, old.Hash)
}

// export reads every entry of a directory of tiles, each proved to the root.
func export(verifier note.Verifier, args []string) (found torchwood.Checkpoint, err error) {
	root, err := os.OpenRoot(args[0])
	if err != nil {
		return found, err
	}
	tiles, err := torchwood.NewTileFS(root.FS())
	if err != nil {
		return found, err
	}
	ctx := context.Background()
	signed, err := tiles.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return found, err
	}
	if found, err = open(verifier, signed); err != nil {
		return found, err
	}
	client, err := torchwood.NewClient(tiles)
	if err != nil {
		return found, err
	}
	read := int64(0)
	for index, entry := range client.AllEntries(ctx, found.Tree, 0) {
		if index != read || len(entry) != 33 || entry[0] != 1 {
			return found, fmt.Errorf("entry %d: %x", index, entry)
		}
		read++
	}
	if client.Err() == nil && read != found.N {
		return found, fmt.Errorf("%d entries of %d", read, found.N)
	}
	return found, client.Err()
}

func policyOf(verifier note.Verifier) torchwood.Policy {
	origin := torchwood.OriginPolicy(verifier.Name())
	return torchwood.ThresholdPolicy(2, origin, torchwood.SingleVerifierPolicy(verifier))
}

func open(verifier note.Verifier, signed []byte) (torchwood.Checkpoint, error) {
	found, _, err := torchwood.VerifyCheckpoint(signed, policyOf(verifier))
	return found, err
}

func leafOf(body []byte) tlog.Hash {
	digest := sha256.Sum256(body)
	return tlog.RecordHash(append([]byte{1}, digest[:]...))
}

func hashesOf(lines []string) (found tlog.RecordProof, err error) {
	for _, line := range lines {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("no hash: %q", line)
		}
		found = append(found, tlog.Hash(raw))
	}
	return found, nil
}
