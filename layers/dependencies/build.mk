# `sam build` makes the layer of third-party packages by this file; MACHINE comes from the Makefile that includes it.
#
# The wheels are chosen for the machine that will run them, not for this one, and nothing is compiled from sources.
# Bytecode goes along, because /opt cannot be written at run time: without it every cold start would compile botocore.
# "unchecked-hash": it is used without a look at the sources' times, which packing the layer changes.

PACKAGES = $(ARTIFACTS_DIR)/python

# What the functions call. botocore describes 400 services in 2,000 files, a third of the layer.
SERVICES = connect dynamodb events kms lambda secretsmanager sesv2 sns stepfunctions

build-DependenciesLayer:
	@python3.13 -c '' || { echo "error: python3.13 does not start from here. The functions run on it, so their bytecode must be\
	 made by it. Build by make build, which takes that of this project's environment." >&2; exit 1; }
	@python3.13 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile \
	  --only-binary :all: --implementation cp --python-version 3.13 \
	  --platform manylinux_2_28_$(MACHINE) --platform manylinux2014_$(MACHINE) \
	  --target "$(PACKAGES)" --requirement requirements.txt
	@rm -rf "$(PACKAGES)/bin" "$(PACKAGES)/share" # commands and their manual pages
	@cd "$(PACKAGES)/phonenumbers" && rm -rf geodata carrierdata tzdata # places, operators, time zones: nobody asks for them
	@cd "$(PACKAGES)/botocore/data" && find . -mindepth 1 -maxdepth 1 -type d $(SERVICES:%=! -name %) -exec rm -rf {} +
	@python3.13 -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$(PACKAGES)" -p /opt/python "$(PACKAGES)"
