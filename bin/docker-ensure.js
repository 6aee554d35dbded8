#!/usr/bin/env node
import '../dist/docker-ensure.js';
